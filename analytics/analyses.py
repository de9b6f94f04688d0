"""Funnels and retention on demand, as facts: what the API and `manage.py metric` answer."""

from __future__ import annotations

from typing import Any

from analytics.cohorts import Cell, Cohort
from analytics.funnels import StepResult


def funnel_facts(found: list[StepResult], least_people: int = 1) -> dict[str, Any]:
    """Numbers of fewer people than that are left out, and those from which one could work them out."""
    told = _told(found, least_people)
    return {
        "entered": _enough(found[0].people, least_people),
        "completed": found[-1].people if told[-1] else None,
        "conversion": found[-1].conversion if told[-1] else None,
        "steps": [
            _step(step, least_people, before_is_told=before, is_told=itself)
            for step, before, itself in zip(found, [told[0], *told], told, strict=False)
        ],
    }


def _told(found: list[StepResult], least: int) -> list[bool]:
    """Whether people are told of each step: not where they are few, nor where they are only few less than at the last
    step that is told.
    """
    told, last = [], found[0].people
    for step in found:
        told.append(not (0 < step.people < least or 0 < last - step.people < least))
        if told[-1]:
            last = step.people
    return told


def _step(step: StepResult, least: int, *, before_is_told: bool, is_told: bool) -> dict[str, Any]:
    both = before_is_told and is_told
    return {
        "step": step.step,
        "name": step.name,
        "people": step.people if is_told else None,
        "entered": _enough(step.entered, least),
        "conversion": step.conversion if is_told else None,
        "people_before": step.before if before_is_told else None,
        "step_conversion": step.step_conversion if both else None,
        "dropped": step.dropped if both else None,
        "median_seconds": None if 0 < step.people < least else step.median_seconds,
    }


def _enough(people: int, least: int) -> int | None:
    return None if 0 < people < least else people


def matrix_facts(found: list[Cohort], by: str, least_people: int = 1) -> list[dict[str, Any]]:
    """A cohort a row, with the cells of a cohort that has people enough."""
    return [
        {
            "cohort": cohort.start,
            "size": cohort.size if cohort.size >= least_people else None,
            "cells": [_cell(cohort, cell, by) for cell in cohort.cells] if cohort.size >= least_people else [],
        }
        for cohort in found
    ]


def _cell(cohort: Cohort, cell: Cell, by: str) -> dict[str, Any]:
    return {
        by: cell.number,
        "eligible": cell.eligible,
        "retained": cell.retained,
        "retention": cell.retention,
        "cumulative_share": cohort.cumulative_share(cell),
    }
