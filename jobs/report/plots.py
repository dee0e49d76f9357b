"""Plots of the pages as SVG that stands within HTML, without a window, a font file or a state between plots."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jobs.lake.arrays import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Flags = npt.NDArray[np.bool_]

_COLOURS = {
    "fixed": "#2f6db5", "mobile": "#e08a1e", "partner": "#4d9a62", "footage": "#8a6bb1",
    "critical": "#b42318", "warning": "#e0a100", "info": "#7a8794",
}  # fmt: skip
_WIDTH_IN, _NARROW_IN, _ROW_IN = 11.0, 7.0, 0.17
_DATES = 10
"""Dates that fit an axis."""
_FEWEST = 6
"""Bars that a plot has room for at least, so that one alone is no wall."""
_LINEAR_S = 60.0
"""Seconds up to which the axis of clocks is linear; then it is logarithmic, so that an hour leaves the rest to see."""
_CLOCK_TICKS_S = (-7200, -3600, -1800, -300, -60, -30, -15, 0, 15, 30, 60, 300, 1800, 3600, 7200)
_SETTINGS: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "anprlake", "font.size": 9.0}


def stacked_days(days: Sequence[date], counts: Mapping[str, Sequence[int]], unit: str) -> str:
    """Bars a day, a colour a kind; `counts` has a number a day for each kind."""

    def draw(axes: "Axes") -> None:
        base, places = np.zeros(len(days)), np.arange(len(days))
        for kind, numbers in counts.items():
            axes.bar(places, numbers, bottom=base, color=_COLOURS.get(kind), label=kind, width=0.8)
            base += np.array(numbers)
        _date_axis(axes, days)
        axes.set_ylabel(unit)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_ylim(0, max(base.max() * 1.08, 1))
        _legend(axes)

    return _svg(draw, 2.6)


def heat_map(days: Sequence[date], names: Sequence[str], share: Floats) -> str:
    """A row a name, a column a day; `share` (names, days) is 1 where all is as usual, NaN where nothing is known."""

    def draw(axes: "Axes") -> None:
        picture = axes.pcolormesh(share, cmap="RdBu", vmin=0, vmax=2, edgecolors="white", lw=0.4)  # NaN stays clear
        axes.set_facecolor("#dddddd")
        axes.set_yticks(np.arange(len(names)) + 0.5, names, family="monospace", size=8)
        axes.invert_yaxis()
        _date_axis(axes, days, middle=0.5)
        axes.set_ylabel("camera (site code)")
        bar = axes.figure.colorbar(picture, ax=axes, pad=0.01, aspect=30)
        bar.set_label("reads / the camera's median")

    return _svg(draw, 1.2 + _ROW_IN * len(names))


def error_bars(names: Sequence[str], values: Floats, errors: Floats, far: Flags, limit: float) -> str:
    """A point a name in seconds with two standard errors on each side, red if `far`, and where the limit is."""

    def draw(axes: "Axes") -> None:
        places = np.arange(len(names))
        axes.axhspan(-limit, limit, color="#e8f1e8", label=f"within {limit:g} s")
        axes.axhline(0, color="#888888", lw=0.6)
        for chosen, colour, label in ((~far, "#2f6db5", "clock"), (far, "#b42318", "clock_offset found")):
            if chosen.any():
                axes.errorbar(
                    places[chosen], values[chosen], yerr=2 * errors[chosen], fmt="o", ms=4, lw=1, capsize=2,
                    color=colour, label=label,
                )  # fmt: skip
        axes.set_xticks(places, names, rotation=90, family="monospace", size=8)
        axes.set_xlim(-0.7, len(names) - 0.3)
        axes.set_xlabel("camera (site code)")
        axes.set_ylabel("ahead of its neighbours, seconds")
        low, high = min((values - 2 * errors).min(), -limit) * 1.3, max((values + 2 * errors).max(), limit) * 1.3
        axes.set_yscale("symlog", linthresh=_LINEAR_S, linscale=2)
        axes.set_ylim(low, high)
        axes.set_yticks([tick for tick in _CLOCK_TICKS_S if low <= tick <= high])
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:,.0f}")
        _legend(axes)

    return _svg(draw, 3.6)


def shares(values: Mapping[str, float]) -> str:
    """A bar a name, to the right, the greatest first; red from 100% on, which is more than is allowed."""

    def draw(axes: "Axes") -> None:
        in_order = sorted(values.items(), key=lambda one: (-one[1], one[0]))
        names, numbers = [name for name, _ in in_order], np.array([number for _, number in in_order])
        far = numbers >= 1
        axes.barh(names, numbers, height=0.7, color=np.where(far, _COLOURS["critical"], _COLOURS["fixed"]))
        axes.axvline(1, color=_COLOURS["critical"], lw=1)
        axes.invert_yaxis()
        axes.margins(y=0.01)
        axes.set_xlim(0, max(numbers.max() * 1.05, 1.05))
        axes.xaxis.set_major_formatter("{x:.0%}")
        axes.set_xlabel("age of the oldest day, of the most that is allowed")

    return _svg(draw, 0.8 + _ROW_IN * len(values), _NARROW_IN)


def columns(values: Mapping[str, int], unit: str) -> str:
    """A bar a name, in their order, of a number; as many names as fit are written."""

    def draw(axes: "Axes") -> None:
        names, places = list(values), np.arange(len(values))
        axes.bar(places, list(values.values()), color=_COLOURS["fixed"], width=0.7)
        axes.set_xlim(-0.6, max(len(names), _FEWEST) - 0.4)
        step = -(-len(names) // _DATES)
        chosen = range((len(names) - 1) % step, len(names), step)
        axes.set_xticks(list(chosen), [names[number] for number in chosen])
        axes.set_ylabel(unit)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_ylim(0, max(max(values.values()) * 1.08, 1))

    return _svg(draw, 2.2, _NARROW_IN)


def _legend(axes: "Axes") -> None:
    """Above the plot, in one line."""
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=5, frameon=False, borderaxespad=0.0)


def _date_axis(axes: "Axes", days: Sequence[date], middle: float = 0.0) -> None:
    step = -(-len(days) // _DATES)
    chosen = range((len(days) - 1) % step, len(days), step)  # the last day has its date always
    axes.set_xticks([number + middle for number in chosen], [f"{days[number]:%d %b}" for number in chosen])
    axes.set_xlabel(f"day of capture (UTC), to {days[-1]}")


def _svg(draw: Callable[["Axes"], None], height_in: float, width_in: float = _WIDTH_IN) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_SETTINGS):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        drawn = StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    text = drawn.getvalue()
    # Names of groups, which nothing refers to, would stand several times in a page of several plots.
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    # To a hundredth of a point, which nobody sees: a third of the size, and no number that could be a coordinate.
    return re.sub(r"(\d\.\d\d)\d+", r"\1", text[text.index("<svg") :])
