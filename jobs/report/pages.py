"""Pages of a lake, from the templates beside this file: each is one file that needs nothing from elsewhere."""

from jinja2 import Environment, PackageLoader, select_autoescape

from jobs.lake.storage import open_folder
from jobs.lake.tables import Zone


def write_page(root: str, zone: Zone, page: str, **values: object) -> str:
    """Fill the template of a page's name and write it into a zone of a lake.

    Returns:
        Where it lies.
    """
    environment = Environment(loader=PackageLoader("jobs.report"), autoescape=select_autoescape())
    return write_text(root, zone, page, environment.get_template(page).render(**values))


def write_text(root: str, zone: Zone, name: str, text: str) -> str:
    """Write a file of text into a zone of a lake; where it lies."""
    filesystem, folder = open_folder(f"{root}/{zone}")
    filesystem.create_dir(folder)
    with filesystem.open_output_stream(f"{folder}/{name}") as stream:
        stream.write(text.encode())
    return f"{root}/{zone}/{name}"
