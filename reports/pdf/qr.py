"""QR code of the check address, as vector rectangles."""

import segno


def operators(address: str, *, side: float) -> str:
    """Return PDF operators that draw the code in a square of this side from (0, 0).

    Error correction M and a fixed mask, so that an address has one picture; dark
    modules that touch in a row are one rectangle. The caller leaves a quiet zone of
    four modules around it (ISO/IEC 18004, 6.3.8).
    """
    matrix = segno.make(
        address, error="m", micro=False, mask=2, boost_error=False
    ).matrix
    unit = side / len(matrix)
    rectangles = []
    for down, modules in enumerate(map(bytes, matrix), start=1):
        start = modules.find(1)
        while start >= 0:
            end = modules.find(0, start)
            end = len(modules) if end < 0 else end
            rectangles.append(
                f"{start * unit:.3f} {side - down * unit:.3f} "
                f"{(end - start) * unit:.3f} {unit:.3f} re"
            )
            start = modules.find(1, end)
    return "0 0 0 rg\n" + "\n".join(rectangles) + "\nf"
