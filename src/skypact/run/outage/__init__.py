"""What a cut of a nation's links costs the others: read from a record of a level with and without the cut."""

from skypact.run.outage.command import CutStudy, plot_cut, print_cut, study_of, to_json

__all__ = ["CutStudy", "plot_cut", "print_cut", "study_of", "to_json"]
