from support.browser import browser, opened  # noqa: F401
