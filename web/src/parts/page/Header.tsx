/** Name and pages. On a phone the pages are tabs at the foot. */
import { NavLink } from "react-router";

import { useSession } from "../../api";
import { text } from "../../text";
import { Icon, type IconName } from "../icons";
import { useBrand } from "./brand";

const PAGES: [IconName, string][] = [
  ["studio", "/studio"],
  ["mirror", "/mirror"],
  ["history", "/history"],
  ["wardrobe", "/wardrobe"],
  ["account", "/account"],
];
const ADMIN: [IconName, string] = ["admin", "/admin"];

export function Header() {
  const session = useSession();
  const brand = useBrand();
  return (
    <header className="sticky top-0 z-30 flat:static border-b border-line bg-paper">
      <div className="mx-auto flex max-w-7xl items-center gap-4 px-4 lg:gap-6 min-h-14 py-1 sm:px-6">
        <NavLink to="/studio" className="flex items-center gap-2 py-1 font-display text-xl font-semibold tracking-tight">
          <img src={brand.logo} alt="" width={28} height={28} className="size-7 object-contain" />
          {brand.name}
        </NavLink>
        <nav
          aria-label={text.nav.label}
          className="fixed inset-x-0 bottom-0 z-30 flex justify-around border-t border-line bg-paper pb-[env(safe-area-inset-bottom)] md:static md:justify-start md:gap-1 md:border-0 md:bg-transparent md:pb-0"
        >
          {[...PAGES, ...(session.data?.admin ? [ADMIN] : [])].map(([name, path]) => (
            <NavLink
              key={path}
              to={path}
              className={({ isActive }) =>
                `flex min-h-12 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 rounded-full px-1 text-xs md:flex-none md:min-h-10 md:flex-row md:gap-2 md:px-3 lg:px-4 leading-none md:text-sm ${
                  isActive ? "font-semibold text-accent md:bg-sunk md:text-ink" : "text-soft hover:text-ink"
                }`
              }
            >
              <Icon name={name} className="size-6 md:hidden" />
              {name === "account" && session.data === null ? text.nav.signIn : text.nav[name as keyof typeof text.nav]}
            </NavLink>
          ))}
        </nav>
      </div>
    </header>
  );
}
