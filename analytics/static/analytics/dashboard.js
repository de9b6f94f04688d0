// The charts of a dashboard, from the JSON in the page, and the live row, told by a socket or asked every ten seconds.
"use strict";

(() => {
  // Okabe and Ito's colours, told apart by colour-blind eyes; each pair for a light and a dark ground.
  const COLOURS = [
    ["#0072b2", "#56b4e9"],
    ["#d55e00", "#e69f00"],
    ["#007a5a", "#2fc79a"],
    ["#a1478a", "#e08fc4"],
    ["#6b5b00", "#f0e442"],
    ["#5b6470", "#a8b3c2"],
    ["#7a3b00", "#c98a55"],
    ["#3b3fa1", "#9aa0ff"],
  ];
  const LIVE_EVERY_MS = 10_000;
  const SOCKET_AGAIN_MS = 5_000;
  const charts = [];

  const isDark = () => document.documentElement.classList.contains("dark");

  const colour = (index) => COLOURS[index % COLOURS.length][isDark() ? 1 : 0];

  const line = (series, index, unfinished) => ({
    label: series.title,
    data: series.values,
    borderColor: colour(index),
    backgroundColor: colour(index),
    borderWidth: 2,
    pointRadius: series.values.length > 60 ? 0 : 2,
    pointHitRadius: 8,
    tension: 0,
    // A part of the line that leads to an unfinished day is never drawn as final.
    segment: { borderDash: (part) => (unfinished[part.p1DataIndex] ? [4, 4] : undefined) },
  });

  // Parts of a whole, one upon the other.
  const area = (series, index, unfinished) => ({
    ...line(series, index, unfinished),
    backgroundColor: `${colour(index)}99`,
    borderWidth: 1,
    pointRadius: 0,
    fill: index ? "-1" : "origin",
  });

  // A target, or the mean of some days: thinner than what it is of, and in no stack.
  const guide = (series, index) => ({
    type: "line",
    label: series.title,
    data: series.values,
    borderColor: isDark() ? "#e2e8f0" : "#334155",
    backgroundColor: "transparent",
    borderWidth: 1.5,
    borderDash: [[2, 3], [8, 4]][index % 2],
    pointRadius: 0,
    pointHitRadius: 8,
    stack: `guide ${index}`,
  });

  const bar = (series, index, unfinished) => ({
    label: series.title,
    data: series.values,
    borderColor: colour(index),
    borderWidth: 1,
    backgroundColor: unfinished.map((open) => (open ? "transparent" : colour(index))),
  });

  const MARKS = { line, stacked: area, bar };

  // Whole ticks would leave a chart of such numbers with 0 and 1 alone.
  const isSmall = (data) => data.series.every((series) => series.values.every((value) => Math.abs(value) < 5));

  const percent = new Intl.NumberFormat("en-GB", { style: "percent", maximumSignificantDigits: 3 });

  const ticks = (data) => {
    if (data.percent) {
      return { callback: (value) => percent.format(value) };
    }
    return isSmall(data) ? {} : { precision: 0 };
  };

  const datasets = (data) => [
    ...data.series.map((series, index) => MARKS[data.kind](series, index, data.unfinished)),
    ...data.guides.map(guide),
  ];

  const applyTheme = (chart) => {
    const text = isDark() ? "#cbd5e1" : "#475569";
    const grid = isDark() ? "#33415580" : "#cbd5e180";
    chart.data.datasets = datasets(chart.agora);
    chart.options.plugins.legend.labels.color = text;
    for (const axis of Object.values(chart.options.scales)) {
      axis.ticks.color = text;
      axis.grid.color = grid;
    }
  };

  const draw = (data) => {
    const canvas = document.getElementById(`chart-${data.key}`);
    const chart = new Chart(canvas, {
      type: data.kind === "bar" ? "bar" : "line",
      data: { labels: data.labels, datasets: datasets(data) },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: data.series.length + data.guides.length > 1, align: "start", labels: { boxHeight: 2, boxWidth: 16 } },
          tooltip: {
            callbacks: {
              ...(data.percent && {
                label: (item) => `${item.dataset.label}: ${percent.format(item.parsed.y)}`,
              }),
              afterTitle: (items) => (data.unfinished[items[0].dataIndex] ? "not final yet" : ""),
            },
          },
        },
        scales: {
          x: {
            stacked: data.stacked,
            ticks: { maxRotation: 0, autoSkip: true, autoSkipPadding: 16 },
            grid: { display: false },
          },
          y: { stacked: data.stacked, beginAtZero: true, ticks: ticks(data), grid: {} },
        },
      },
    });
    chart.agora = data;
    applyTheme(chart);
    chart.update();
    charts.push(chart);
  };

  const followTheme = () => {
    new MutationObserver(() => {
      for (const chart of charts) {
        applyTheme(chart);
        chart.update();
      }
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  };

  const number = new Intl.NumberFormat("en-GB");

  const showLive = (row, values, how) => {
    for (const place of row.querySelectorAll("[data-live]")) {
      const value = values[place.dataset.live];
      place.textContent = value === null ? "–" : number.format(value);
    }
    const time = values.as_of.slice(11, 19);
    row.querySelector("[data-live-state]").textContent =
      values.dau === null
        ? "The live counters cannot be asked: Redis is away."
        : `Counted at ${time} UTC, ${how}.`;
  };

  const askLive = async (row) => {
    if (document.hidden) {
      return;
    }
    const state = row.querySelector("[data-live-state]");
    try {
      const answer = await fetch(row.dataset.url, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        showLive(row, await answer.json(), "again every 10 seconds");
      } else {
        state.textContent = answer.status === 401 ? "You are logged out: load the page again." : "No answer; asking again.";
      }
    } catch {
      state.textContent = "The server cannot be reached; asking again.";
    }
  };

  // By a socket where the server speaks them; before it does, and where it is lost, by asking.
  const followLive = (row) => {
    const values = {};
    let asking = null;
    let pause = SOCKET_AGAIN_MS;

    const ask = () => {
      asking ??= setInterval(() => askLive(row), LIVE_EVERY_MS);
    };

    const listen = () => {
      const address = location.origin.replace(/^http/, "ws") + row.dataset.socket;
      const socket = new WebSocket(address, "metrics.v1+json");
      socket.addEventListener("message", (event) => {
        const message = JSON.parse(event.data);
        if (message.type === "ready") {
          const metrics = [...row.querySelectorAll("[data-live]")].map((place) => place.dataset.live);
          socket.send(JSON.stringify({ type: "subscribe", id: "row", metrics, project: row.dataset.workspace }));
        } else if (message.metrics) {
          clearInterval(asking);
          asking = null;
          pause = SOCKET_AGAIN_MS;
          for (const one of message.metrics) {
            values[one.name] = one.value;
          }
          showLive(row, { ...values, as_of: message.as_of }, "as it happens");
        }
      });
      socket.addEventListener("close", () => {
        ask();
        setTimeout(listen, pause);
        pause = Math.min(2 * pause, 12 * SOCKET_AGAIN_MS);
      });
    };

    ask();
    if (row.dataset.socket) {
      listen();
    }
  };

  for (const form of document.querySelectorAll("[data-submit-on-change]")) {
    form.addEventListener("change", () => form.submit());
    form.querySelector("button").hidden = true;
  }

  const source = document.getElementById("chart-data");
  if (source) {
    Chart.defaults.font.family = "Inter, sans-serif";
    JSON.parse(source.textContent).forEach(draw);
    followTheme();
  }

  const row = document.getElementById("live");
  if (row) {
    followLive(row);
  }
})();
