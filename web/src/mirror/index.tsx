import { text } from "../text";

export default function MirrorPage() {
  return <h1 className="font-display text-3xl">{text.nav.mirror}</h1>;
}
