/** What the reader chose; "system" follows the machine. */
export type Theme = "light" | "dark" | "system";

export const themeKey = "gradus.theme";

/** Runs before the first paint, so that a chosen theme never flashes the other one. */
export const themeScript = `try{const t=localStorage.getItem(${JSON.stringify(themeKey)});if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch{}`;

/** Says on `window` that the colors on the page have changed (charts draw themselves anew). */
export const themeEvent = "gradus:theme";

export function readTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(themeKey);
    else localStorage.setItem(themeKey, theme);
  } catch {
    // Storage is closed (private window): the choice holds for this page.
  }
  window.dispatchEvent(new Event(themeEvent));
}

/** Calls `listener` whenever light turns dark or back, by choice or by the machine. Returns how to stop. */
export function onThemeChange(listener: () => void): () => void {
  const machine = window.matchMedia("(prefers-color-scheme: dark)");
  machine.addEventListener("change", listener);
  window.addEventListener(themeEvent, listener);
  return () => {
    machine.removeEventListener("change", listener);
    window.removeEventListener(themeEvent, listener);
  };
}
