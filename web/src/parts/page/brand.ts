/** The operator's name, logo and colours. The gateway writes them into its pages; a page from elsewhere asks for them. */
import { useEffect } from "react";

import { useSite } from "../../api";

export interface Brand {
  name: string;
  /** Its address. */
  logo: string;
}

/** As the page says it, before anything is asked. */
let shown: Brand = { name: "Proteus", logo: "/icon.svg" };

/** To be called once, where there is a page. */
export function readBrand(): void {
  const { content } = document.querySelector<HTMLMetaElement>("meta[name=application-name]") ?? {};
  const logo = document.querySelector("link[rel=icon]")?.getAttribute("href");
  shown = { name: content || shown.name, logo: logo || shown.logo };
}

export function useBrand(): Brand {
  const told = useSite().data?.brand;
  const style = told?.style;
  useEffect(() => {
    if (!style || document.getElementById("brand")) return;
    const colours = document.createElement("style");
    colours.id = "brand";
    colours.textContent = style;
    document.head.append(colours);
  }, [style]);
  return told ? { name: told.name, logo: told.logo ?? "/icon.svg" } : shown;
}
