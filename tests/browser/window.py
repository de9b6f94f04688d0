"""What tests do in a window of the browser."""

PASSWORD = "a long enough password"


def log_in(page, user):
    """Through the form, as somebody whose password is PASSWORD; the admin's first page comes next."""
    page.goto("/admin/")
    page.get_by_label("E-mail").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
