"""What a model makes of labelled pictures as JSON and as tables in Markdown."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgedigit.evaluation.confusion import label_figures
from train.measuring.judged import Judged, figures, risk_and_coverage

# Thresholds for which risk and coverage are written down.
_THRESHOLDS = np.arange(100) / 100


def as_json(judged: Judged) -> dict[str, Any]:
    """All that is known of a set but its pictures."""
    bins = judged.reliability
    thresholds, coverage, risk = risk_and_coverage(judged)
    # How many of the occurring confidences reach each threshold.
    reach = np.searchsorted(-thresholds, -_THRESHOLDS, side="right")
    return figures(judged) | {
        "labels": label_figures(judged.confusion),
        "confusion": judged.confusion.tolist(),
        "reliability": [
            {"count": int(count), "confidence": float(confidence), "accuracy": float(accuracy)}
            for count, confidence, accuracy in zip(*bins, strict=True)
        ],
        "risk_coverage": [
            {
                "threshold": float(threshold),
                "coverage": float(coverage[place - 1]) if place else 0.0,
                "risk": float(risk[place - 1]) if place else None,
            }
            for threshold, place in zip(_THRESHOLDS, reach, strict=True)
        ],
        "not_read": [{"name": name, "reason": reason} for name, reason in judged.unreadable],
    }


def summary_table(sets: Sequence[Judged]) -> str:
    """A row for each set, in Markdown."""
    lines = [
        "| set | pictures | best is right | refused | wrong of given | no digit, refused | ECE |"
        " not read |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in map(figures, sets):
        digits, others = row["digits"], row["others"]
        wrong = row["wrong_of_given"]
        cells = [
            row["name"],
            f"{row['pictures']:,}",
            f"{row['accuracy']:.2%} ({digits - row['best_right']:,} wrong)" if digits else "",
            f"{row['refused'] / digits:.2%} ({row['refused']:,})" if digits else "",
            "" if wrong is None or not digits else f"{wrong:.2%} ({row['given_wrong']:,})",
            f"{row['others_refused'] / others:.2%} of {others:,}" if others else "",
            f"{row['calibration_error']:.2%}" if digits else "",
            f"{row['unreadable']:,}" if row["unreadable"] else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def label_table(judged: Judged) -> str:
    """A row for each label, in Markdown."""
    lines = ["| label | pictures | precision | recall | refused |", "|---|---:|---:|---:|---:|"]
    for row in label_figures(judged.confusion):
        shares = ("" if row[key] is None else f"{row[key]:.2%}" for key in ("precision", "recall"))
        cells = [row["label"], f"{row['count']:,}", *shares, f"{row['refused']:,}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
