"""A template of this package + values -> one page of HTML, escaped wherever a value is not markup."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lilliput.version import __version__


def render(folder: str, **values: Any) -> bytes:
    """The page that `folder`/page.html makes of the values and of the tool's `version`, in UTF-8."""
    environment = Environment(
        loader=PackageLoader("lilliput.reports", folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(**values, version=__version__).encode(errors="replace")
