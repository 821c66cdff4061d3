"""Runs that draw the parameters of their classes from the catalogue's intervals, so that results carry them."""

from __future__ import annotations

import numpy as np

from skypact.catalogue import Parameter, drawn, parameters, value_of
from skypact.model.codes import ObjectClass
from skypact.model.manifest import ParameterEntry
from skypact.model.record import COMMON_LEVEL, Columns
from skypact.run.build import Wired, with_catalogue
from skypact.run.log import TableLog

AIRCRAFT = (ObjectClass.CIVIL, ObjectClass.FRIENDLY)


def drawn_world(wired: Wired, k0: np.uint32, k1: np.uint32) -> Wired:
    """The scenario as one run has it: with the run's own parameters where that was asked for, else as it is.

    Args:
        wired: the scenario with its nominal parameters.
        k0, k1: the run's key.
    """
    return with_catalogue(wired, drawn(wired.catalogue, k0, k1)) if wired.uncertain else wired


def parameter_entries(wired: Wired) -> tuple[ParameterEntry, ...]:
    """What runs of the scenario draw, for its manifest; nothing where they draw nothing."""
    entries = []
    for parameter in _drawn_of(wired):
        value = value_of(wired.catalogue, parameter)
        entries.append(
            ParameterEntry(
                parameter.group,
                parameter.class_name,
                parameter.key,
                value.unit,
                value.value,
                value.low,
                value.high,
            )
        )
    return tuple(entries)


def parameter_rows(wired: Wired, run: int) -> Columns:
    """What a run drew, as its recorded table of parameters; without rows where it drew nothing.

    Args:
        wired: the scenario as the run has it.
        run: number of the run.
    """
    found = _drawn_of(wired)
    log = TableLog("parameters", run, COMMON_LEVEL)
    values = [value_of(wired.catalogue, parameter).value for parameter in found]
    log.add(len(found), {"parameter": np.arange(len(found)), "value": values})
    return log.columns()


def _drawn_of(wired: Wired) -> tuple[Parameter, ...]:
    """The parameters of the classes that the scenario uses."""
    if not wired.uncertain:
        return ()
    scenario, catalogue = wired.scenario, wired.catalogue
    used = {
        "sensors": {site.class_name for site in scenario.sensors},
        "interceptors": {site.class_name for site in scenario.batteries},
        "threats": {group.threat for family in scenario.families for group in family.groups}
        | {name for name, kind in catalogue.threats.items() if kind.object_class in AIRCRAFT},
    }
    return tuple(p for p in parameters(catalogue) if p.class_name in used[p.group])
