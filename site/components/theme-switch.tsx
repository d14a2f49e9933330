"use client";

import { useEffect, useState } from "react";
import { chooseTheme, readTheme, type Theme } from "@/lib/theme";
import { MoonIcon, SunIcon, SystemIcon } from "./icons";

const next: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const says: Record<Theme, string> = {
  system: "as this machine",
  light: "light",
  dark: "dark",
};

/** One button that goes round: as the machine, light, dark. */
export function ThemeSwitch() {
  // The page is static, so the choice is known only here; until then the button says "theme".
  const [theme, setTheme] = useState<Theme | null>(null);
  useEffect(() => setTheme(readTheme()), []);

  return (
    <button
      type="button"
      className="button button--quiet button--small"
      title={theme ? `Theme: ${says[theme]}` : "Theme"}
      onClick={() => {
        const chosen = next[theme ?? "system"];
        chooseTheme(chosen);
        setTheme(chosen);
      }}
    >
      {theme === "light" ? <SunIcon /> : theme === "dark" ? <MoonIcon /> : <SystemIcon />}
      <span className="visually-hidden" aria-live="polite">
        {theme ? `Theme: ${says[theme]}. Change` : "Change the theme"}
      </span>
    </button>
  );
}
