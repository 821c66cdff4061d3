"""Category 048, monoradar target reports: EUROCONTROL-SPEC-0149-4, editions 1.27 to 1.32.

1.31 added the third octet of I048/020, 1.32 the fourth to sixth. I048/090 FL is two's complement here in every
edition: 1.32 says so, and before it nobody flew above flight level 2047.
"""

from __future__ import annotations

from skypact.interop.asterix.layout import (
    VALUE,
    Category,
    chained,
    compound,
    explicit,
    extended,
    fixed,
    flags,
    icao_text,
    octal,
    repetitive,
    signed,
    spare,
    unsigned,
)

_CONFIDENCE = "QA4 QA2 QA1 QB4 QB2 QB1 QC4 QC2 QC1 QD4 QD2 QD1"

_ITEMS = (
    fixed("010", "Data Source Identifier", unsigned("SAC", 8), unsigned("SIC", 8)),
    fixed("140", "Time of Day", unsigned(VALUE, 24, 1 / 128, "s")),
    extended(
        "020",
        "Target Report Descriptor",
        flags("TYP:3 SIM RDP SPI RAB"),
        flags("TST ERR XPP ME MI FOEFRI:2"),
        flags("ADSB.EP ADSB.VAL SCN.EP SCN.VAL PAI.EP PAI.VAL -", since=31),
        flags("ACASXV.EP ACASXV.VAL:4 POXPR.EP POXPR.VAL", since=32),
        flags("POACT.EP POACT.VAL DTFXPR.EP DTFXPR.VAL DTFACT.EP DTFACT.VAL -", since=32),
        flags("IRMXPR.EP IRMXPR.VAL IRMACT.EP IRMACT.VAL -:3", since=32),
    ),
    fixed(
        "040",
        "Measured Position in Polar Co-ordinates",
        unsigned("RHO", 16, 1 / 256, "NM"),
        unsigned("THETA", 16, 360 / 2**16, "deg"),
    ),
    fixed("070", "Mode-3/A Code in Octal Representation", *flags("V G L -"), octal("MODE3A")),
    fixed("090", "Flight Level in Binary Representation", *flags("V G"), signed("FL", 14, 1 / 4, "FL")),
    compound(
        "130",
        "Radar Plot Characteristics",
        fixed("SRL", "SSR Plot Runlength", unsigned(VALUE, 8, 360 / 2**13, "deg")),
        fixed("SRR", "Number of Received Replies for (M)SSR", unsigned(VALUE, 8)),
        fixed("SAM", "Amplitude of (M)SSR Reply", signed(VALUE, 8, 1.0, "dBm")),
        fixed("PRL", "Primary Plot Runlength", unsigned(VALUE, 8, 360 / 2**13, "deg")),
        fixed("PAM", "Amplitude of Primary Plot", signed(VALUE, 8, 1.0, "dBm")),
        fixed("RPD", "Difference in Range between PSR and SSR Plot", signed(VALUE, 8, 1 / 256, "NM")),
        fixed("APD", "Difference in Azimuth between PSR and SSR Plot", signed(VALUE, 8, 360 / 2**14, "deg")),
    ),
    fixed("220", "Aircraft Address", unsigned(VALUE, 24)),
    fixed("240", "Aircraft Identification", icao_text(VALUE)),
    repetitive("250", "BDS Register Data", unsigned("MBDATA", 56), *flags("BDS1:4 BDS2:4")),
    fixed("161", "Track Number", spare(4), unsigned("TRN", 12)),
    fixed(
        "042",
        "Calculated Position in Cartesian Co-ordinates",
        signed("X", 16, 1 / 128, "NM"),
        signed("Y", 16, 1 / 128, "NM"),
    ),
    fixed(
        "200",
        "Calculated Track Velocity in Polar Co-ordinates",
        unsigned("GSP", 16, 2**-14, "NM/s"),
        unsigned("HDG", 16, 360 / 2**16, "deg"),
    ),
    extended("170", "Track Status", flags("CNF RAD:2 DOU MAH CDM:2"), flags("TRE GHO SUP TCC -:3")),
    fixed(
        "210",
        "Track Quality",
        unsigned("SIGX", 8, 1 / 128, "NM"),
        unsigned("SIGY", 8, 1 / 128, "NM"),
        unsigned("SIGV", 8, 2**-14, "NM/s"),
        unsigned("SIGH", 8, 360 / 2**12, "deg"),
    ),
    chained("030", "Warning/Error Conditions and Target Classification", unsigned(VALUE, 7)),
    fixed("080", "Mode-3/A Code Confidence Indicator", *flags(f"-:4 {_CONFIDENCE}")),
    fixed(
        "100",
        "Mode-C Code and Code Confidence Indicator",
        *flags("V G -:2 MODEC:12 -:4 QC1 QA1 QC2 QA2 QC4 QA4 QB1 QD1 QB2 QD2 QB4 QD4"),
    ),
    fixed("110", "Height Measured by a 3D Radar", spare(2), signed("3DH", 14, 25.0, "ft")),
    compound(
        "120",
        "Radial Doppler Speed",
        fixed("CAL", "Calculated Doppler Speed", *flags("D -:5"), signed("CAL", 10, 1.0, "m/s")),
        repetitive(
            "RDS",
            "Raw Doppler Speed",
            unsigned("DOP", 16, 1.0, "m/s"),
            unsigned("AMB", 16, 1.0, "m/s"),
            unsigned("FRQ", 16, 1.0, "MHz"),
        ),
    ),
    fixed(
        "230",
        "Communications/ACAS Capability and Flight Status",
        *flags("COM:3 STAT:3 SI - MSSC ARC AIC B1A B1B:4"),
    ),
    fixed("260", "ACAS Resolution Advisory Report", unsigned(VALUE, 56)),
    fixed("055", "Mode-1 Code in Octal Representation", *flags("V G L"), unsigned("MODE1", 5)),
    fixed("050", "Mode-2 Code in Octal Representation", *flags("V G L -"), octal("MODE2")),
    fixed("065", "Mode-1 Code Confidence Indicator", *flags("-:3 QA4 QA2 QA1 QB2 QB1")),
    fixed("060", "Mode-2 Code Confidence Indicator", *flags(f"-:4 {_CONFIDENCE}")),
    explicit("SP", "Special Purpose Field"),
    explicit("RE", "Reserved Expansion Field"),
)

CATEGORY = Category(
    48,
    "Monoradar Target Reports",
    ("1.27", "1.28", "1.29", "1.30", "1.31", "1.32"),
    _ITEMS,
)
"""Every item of the user application profile."""
