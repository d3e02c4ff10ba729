"""What a picture's file says of how it was made: XMP with IPTC's digital source type, written into every result.

IPTC Photo Metadata Standard 2023.1, property Digital Source Type; where a packet lies in a file: XMP Specification
Part 3, Storage in Files (ISO 16684-1).
"""

import io
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from PIL import Image
from PIL.PngImagePlugin import PngInfo

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_EXT, _XMP = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "http://ns.adobe.com/xap/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_JPEG_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_KEYWORD = "XML:com.adobe.xmp"
_MOST = 1_000_000  # bytes of a packet that is read


class DigitalSource(StrEnum):
    """Terms of IPTC's vocabulary that our pictures need."""

    GENERATED = "compositeWithTrainedAlgorithmicMedia"  # a trained model painted into a photograph
    COMPOSITE = "composite"  # put together of photographs, without such a model
    ALTERED = "algorithmicallyEnhanced"  # a photograph, cut out


@dataclass(frozen=True)
class Mark:
    """What a file says: the digital source type's URI, and the program that made it, each where it is said."""

    source: str | None
    tool: str | None

    @property
    def term(self) -> str | None:
        """The source type's last part, where it is one of IPTC's."""
        given = (self.source or "").replace("https://", "http://", 1)
        return given.removeprefix(VOCABULARY) if given.startswith(VOCABULARY) else None


def marked(data: bytes, source: DigitalSource, engine: str = "") -> bytes:
    """The JPEG or PNG in ``data`` with its mark; its pixels are the same. Raises ValueError for another type."""
    packet = _packet(source, engine)
    if data[:2] == b"\xff\xd8":
        return _in_jpeg(data, packet)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _in_png(data, packet)
    raise ValueError("only JPEG and PNG are marked")


def read(picture: Image.Image) -> Mark | None:
    """What an opened file says; None when it says nothing, or nothing that can be read."""
    found = packet_of(picture)
    if not found or len(found) > _MOST or b"<!DOCTYPE" in found or b"<!ENTITY" in found:
        return None
    try:
        tree = ElementTree.fromstring(found.strip(b"\0"))  # noqa: S314  without entities, as looked for above
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    source, tool = _value(tree, _EXT, "DigitalSourceType"), _value(tree, _XMP, "CreatorTool")
    return Mark(source, tool) if source or tool else None


def packet_of(picture: Image.Image) -> bytes | None:
    """The XMP packet of an opened file."""
    found = picture.info.get("xmp") or picture.info.get(_PNG_KEYWORD)
    return found.encode() if isinstance(found, str) else found


def save_as(data: bytes, name: str) -> bytes:
    """The picture in ``data`` in the format that the end of ``name`` says, with its mark if it has one.

    Raises ValueError for an end that is no format, or one that cannot carry the mark, and OSError.
    """
    picture, buffer = Image.open(io.BytesIO(data)), io.BytesIO()
    kind = Image.registered_extensions().get(f".{name.rpartition('.')[2].lower()}")
    if kind is None:
        raise ValueError(f"{name} ends like no picture")
    packet = packet_of(picture) or b""
    if kind == "PNG":
        info = PngInfo()
        if packet:
            info.add_itxt(_PNG_KEYWORD, packet.decode())
        picture.save(buffer, kind, pnginfo=info)
    else:
        picture.save(buffer, kind, xmp=packet)
    with Image.open(buffer) as again:
        again.load()
        if packet and read(again) != read(picture):
            raise ValueError(f"a {kind} cannot say how it was made: choose .jpg, .png, .webp or .avif")
    return buffer.getvalue()


def _packet(source: DigitalSource, engine: str) -> bytes:
    tool = escape(f"Proteus ({engine})" if engine else "Proteus")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_EXT}" xmlns:xmp="{_XMP}">'
        f"<Iptc4xmpExt:DigitalSourceType>{VOCABULARY}{source}</Iptc4xmpExt:DigitalSourceType>"
        f"<xmp:CreatorTool>{tool}</xmp:CreatorTool>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _in_jpeg(data: bytes, packet: bytes) -> bytes:
    """In an APP1 segment, behind the JFIF header if there is one."""
    at = 2
    if data[2:4] == b"\xff\xe0":
        at += 2 + struct.unpack(">H", data[4:6])[0]
    body = _JPEG_HEAD + packet
    return data[:at] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[at:]


def _in_png(data: bytes, packet: bytes) -> bytes:
    """In an iTXt chunk, uncompressed, behind the header."""
    at = 8 + 8 + struct.unpack(">I", data[8:12])[0] + 4
    chunk = b"iTXt" + _PNG_KEYWORD.encode() + b"\0\0\0\0\0" + packet
    whole = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return data[:at] + whole + data[at:]


def _value(tree: ElementTree.Element, namespace: str, name: str) -> str | None:
    """Of a property, whether it is written as an element, a reference or an attribute."""
    tag = f"{{{namespace}}}{name}"
    for element in tree.iter():
        if element.tag == tag:
            found = (element.text or "").strip() or element.get(f"{{{_RDF}}}resource", "")
        else:
            found = element.get(tag, "")
        if found:
            return found
    return None
