/** What a laptop's camera sees: a sample person who stands in a room. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { python } from "./system";

/** A second of the person of `samples/PATH`, 480 pixels high in the middle of a 640×480 room, as uncompressed video. */
function film(path: string): string {
  const made = join(mkdtempSync(join(tmpdir(), "camera-")), "person.y4m");
  execFileSync(python, [
    "-c",
    "import sys; from PIL import Image\n" +
      "person = Image.open('../samples/' + sys.argv[2]).convert('RGB').resize((360, 480))\n" +
      "frame = person.resize((640, 480), box=(0, 0, 20, 480)); frame.paste(person, (140, 0))\n" +
      "y, u, v = frame.convert('YCbCr').split()\n" +
      "small = [plane.resize((320, 240)).tobytes() for plane in (u, v)]\n" +
      "one = b'FRAME\\n' + y.tobytes() + small[0] + small[1]\n" +
      "open(sys.argv[1], 'wb').write(b'YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\\n' + one * 10)",
    made,
    path,
  ]);
  return made;
}

/** A Chromium whose camera sees that person, and which gives it to every page that asks. */
export const withCamera = (person: string) => ({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film(person)}`, "--use-fake-ui-for-media-stream"],
});
