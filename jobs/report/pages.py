"""Pages of the governance zone, from the templates beside this file."""

from jinja2 import Environment, PackageLoader, select_autoescape

from jobs.lake.storage import open_folder


def write_page(root: str, page: str, **values: object) -> str:
    """Fill the template of a page's name and write it into the governance zone of a lake.

    Returns:
        Where it lies.
    """
    environment = Environment(loader=PackageLoader("jobs.report"), autoescape=select_autoescape())
    html = environment.get_template(page).render(**values)
    filesystem, folder = open_folder(f"{root}/governance")
    filesystem.create_dir(folder)
    with filesystem.open_output_stream(f"{folder}/{page}") as stream:
        stream.write(html.encode())
    return f"{root}/governance/{page}"
