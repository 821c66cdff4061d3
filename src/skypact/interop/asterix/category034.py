"""Category 034, monoradar service messages: EUROCONTROL-SPEC-0149-2b, editions 1.27 to 1.29.

The editions differ in the meanings of I034/000 and I034/070, not in structure.
"""

from __future__ import annotations

from skypact.interop.asterix.layout import (
    VALUE,
    Category,
    compound,
    explicit,
    fixed,
    flags,
    repetitive,
    signed,
    unsigned,
)

CATEGORY = Category(
    34,
    "Monoradar Service Messages",
    ("1.27", "1.28", "1.29"),
    (
        fixed("010", "Data Source Identifier", unsigned("SAC", 8), unsigned("SIC", 8)),
        fixed("000", "Message Type", unsigned(VALUE, 8)),
        fixed("030", "Time of Day", unsigned(VALUE, 24, 1 / 128, "s")),
        fixed("020", "Sector Number", unsigned(VALUE, 8, 360 / 2**8, "deg")),
        fixed("041", "Antenna Rotation Speed", unsigned(VALUE, 16, 1 / 128, "s")),
        compound(
            "050",
            "System Configuration and Status",
            fixed("COM", "Common Part", *flags("NOGO RDPC RDPR OVLRDP OVLXMT MSC TSV -")),
            None,
            None,
            fixed("PSR", "Primary Radar", *flags("ANT CHAB:2 OVL MSC -:3")),
            fixed("SSR", "Secondary Radar", *flags("ANT CHAB:2 OVL MSC -:3")),
            fixed("MDS", "Mode S", *flags("ANT CHAB:2 OVLSUR MSC SCF DLF OVLSCF OVLDLF -:7")),
        ),
        compound(
            "060",
            "System Processing Mode",
            fixed("COM", "Common Part", *flags("- REDRDP:3 REDXMT:3 -")),
            None,
            None,
            fixed("PSR", "Primary Radar", *flags("POL REDRAD:3 STC:2 -:2")),
            fixed("SSR", "Secondary Radar", *flags("REDRAD:3 -:5")),
            fixed("MDS", "Mode S", *flags("REDRAD:3 CLU -:4")),
        ),
        repetitive("070", "Message Count Values", unsigned("TYP", 5), unsigned("COUNT", 11)),
        fixed(
            "100",
            "Generic Polar Window",
            unsigned("RHOST", 16, 1 / 256, "NM"),
            unsigned("RHOEND", 16, 1 / 256, "NM"),
            unsigned("THETAST", 16, 360 / 2**16, "deg"),
            unsigned("THETAEND", 16, 360 / 2**16, "deg"),
        ),
        fixed("110", "Data Filter", unsigned(VALUE, 8)),
        fixed(
            "120",
            "3D-Position of Data Source",
            signed("HGT", 16, 1.0, "m"),
            signed("LAT", 24, 180 / 2**23, "deg"),
            signed("LON", 24, 180 / 2**23, "deg"),
        ),
        fixed(
            "090",
            "Collimation Error",
            signed("RNG", 8, 1 / 128, "NM"),
            signed("AZM", 8, 360 / 2**14, "deg"),
        ),
        explicit("RE", "Reserved Expansion Field"),
        explicit("SP", "Special Purpose Field"),
    ),
)
"""Every item of the user application profile."""
