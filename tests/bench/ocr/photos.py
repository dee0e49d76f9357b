"""Photos: openalpr_eu_dev, 54 real European cars, beside plain PaddleOCR."""

from tests.bench import ocr_accuracy, readers
from tests.bench.figures import Figure, Report
from tests.bench.ocr_accuracy import DATA


def photos(report: Report) -> None:
    """The 54 photos of openalpr_eu_dev, beside plain PaddleOCR."""
    if not ocr_accuracy.there("openalpr_eu_dev", report):
        return
    ours = ocr_accuracy.openalpr_eu_dev(readers.ours(), DATA / "openalpr_eu_dev")
    plain = ocr_accuracy.plain_openalpr_eu_dev(readers.plain(), DATA / "openalpr_eu_dev")
    for what, mine, other, reach in (
        ("plates with O=0, I=1", ours.right, plain.right, 53),
        ("exactly", ours.exact, plain.exact, None),
    ):
        report.figures.append(
            Figure(
                f"openalpr_eu_dev: {what}", f"{mine} of {ours.plates}", f"plain: {other}", f"{mine / other:.2f}",
                f"{reach} of {ours.plates}" if reach else "", None if reach is None else mine >= reach,
            )
        )  # fmt: skip
    report.figures.append(Figure("openalpr_eu_dev: other reads", f"{len(ours.wrong)}", f"plain: {len(plain.wrong)}"))
    report.figures.append(
        Figure(
            "openalpr_eu_dev: time for 54 photos", f"{ours.seconds:.1f} s", f"plain: {plain.seconds:.1f} s",
            f"{plain.seconds / ours.seconds:.2f}",
        )
    )  # fmt: skip
    report.remarks.append(
        f"openalpr_eu_dev: missed {', '.join(ours.missed) or 'none'}; it is optimistic, for crop width and margins "
        "were chosen on these same photos"
    )
