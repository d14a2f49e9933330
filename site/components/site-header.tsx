import Link from "next/link";
import { AccountMenu } from "./account/account-menu";
import { Mark } from "./icons";
import { ThemeSwitch } from "./theme-switch";

export function SiteHeader() {
  return (
    <header className="site-header">
      <div className="site-header__row">
        <Link className="site-header__name" href="/" prefetch={false}>
          <Mark />
          <span>Gradus</span>
        </Link>
        <nav aria-label="Main">
          <Link href="/course" prefetch={false}>
            Course
          </Link>
          <Link href="/reference" prefetch={false}>
            Reference
          </Link>
        </nav>
        <div className="site-header__end">
          <ThemeSwitch />
          <AccountMenu />
        </div>
      </div>
    </header>
  );
}
