/** What a picture says of how it was made (IPTC's digital source type, in XMP) outlives being encoded again here. */
const VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/";
const TERM = new RegExp(`https?://cv\\.iptc\\.org/newscodes/digitalsourcetype/([A-Za-z]{3,60})`);

type Bytes = Uint8Array<ArrayBuffer>;

const text = (told: string): Bytes => new TextEncoder().encode(told);

/** The term in the beginning of a file, whatever its format; null where none is said. */
export const termOf = (head: Uint8Array): string | null => TERM.exec(new TextDecoder("latin1").decode(head))?.[1] ?? null;

/** The JPEG or PNG in `blob`, which says `term` and no more of what its source told beside the picture. */
export async function withTerm(blob: Blob, term: string): Promise<Blob> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const packet = text(
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
      'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">' +
      `<Iptc4xmpExt:DigitalSourceType>${VOCABULARY}${term}</Iptc4xmpExt:DigitalSourceType>` +
      '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>',
  );
  if (blob.type === "image/jpeg") return new Blob(inJpeg(bytes, packet), { type: blob.type });
  if (blob.type === "image/png") return new Blob(inPng(bytes, packet), { type: blob.type });
  return blob;
}

/** In an APP1 segment, behind the JFIF header if there is one. */
function inJpeg(bytes: Bytes, packet: Bytes): Bytes[] {
  const at = bytes[3] === 0xe0 ? 4 + new DataView(bytes.buffer).getUint16(4) : 2;
  const head = text("http://ns.adobe.com/xap/1.0/\0");
  const length = 2 + head.length + packet.length;
  return [bytes.subarray(0, at), new Uint8Array([0xff, 0xe1, length >> 8, length & 255]), head, packet, bytes.subarray(at)];
}

/** In an iTXt chunk, uncompressed, behind the header. */
function inPng(bytes: Bytes, packet: Bytes): Bytes[] {
  const at = 8 + 12 + new DataView(bytes.buffer).getUint32(8);
  const keyword = text("iTXtXML:com.adobe.xmp\0\0\0\0\0");
  const chunk = new Uint8Array(4 + keyword.length + packet.length + 4);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, chunk.length - 12);
  chunk.set(keyword, 4);
  chunk.set(packet, 4 + keyword.length);
  view.setUint32(chunk.length - 4, crc(chunk.subarray(4, -4)));
  return [bytes.subarray(0, at), chunk, bytes.subarray(at)];
}

/** CRC-32 as in PNG, annex D. */
function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}
