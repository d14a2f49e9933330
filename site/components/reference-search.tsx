"use client";

import { useRouter } from "next/navigation";
import { useId, useRef, useState } from "react";
import { type Entry, find } from "@/lib/reference-search";

type Index = { state: "none" | "loading" | "failed" } | { state: "here"; entries: Entry[] };

const LIMIT = 12;

/** Finds exports and members of the library by name or by what is said of them, while one types. */
export function ReferenceSearch() {
  const [index, setIndex] = useState<Index>({ state: "none" });
  const [wanted, setWanted] = useState("");
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(0);
  const box = useRef<HTMLInputElement>(null);
  const router = useRouter();
  const id = useId();

  const load = (): void => {
    if (index.state === "loading" || index.state === "here") return;
    setIndex({ state: "loading" });
    fetch("/reference/index.json")
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))))
      .then((entries: Entry[]) => setIndex({ state: "here", entries }))
      .catch(() => setIndex({ state: "failed" }));
  };

  const results = index.state === "here" ? find(index.entries, wanted, LIMIT) : [];
  const asked = wanted.trim() !== "";
  const shown = open && asked;
  const go = (entry: Entry | undefined): void => {
    if (!entry) return;
    setOpen(false);
    setWanted("");
    box.current?.blur();
    router.push(entry.href);
  };
  const message = !asked
    ? ""
    : index.state === "failed"
      ? "The index could not be loaded. All names stand on the reference’s first page."
      : index.state === "here"
        ? results.length === 0
          ? `Nothing is called that, and no description has all these words.`
          : `${results.length} found`
        : "Loading the names …";

  return (
    <search className="ref-search">
      <label className="visually-hidden" htmlFor={id}>
        Search the reference
      </label>
      <input
        ref={box}
        id={id}
        className="input"
        type="text"
        role="combobox"
        placeholder="Search: matmul, learning rate, …"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-expanded={shown && results.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && results[chosen] ? `${id}-${chosen}` : undefined}
        value={wanted}
        onFocus={load}
        onBlur={() => setOpen(false)}
        onChange={(event) => {
          load();
          setWanted(event.target.value);
          setOpen(true);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (move && results.length > 0) {
            event.preventDefault();
            setOpen(true);
            setChosen((chosen + move + results.length) % results.length);
          } else if (event.key === "Enter") {
            event.preventDefault();
            go(results[chosen]);
          } else if (event.key === "Escape") {
            event.preventDefault();
            if (shown) setOpen(false);
            else setWanted("");
          }
        }}
      />
      <p
        className={shown && results.length === 0 ? "ref-search__none" : "visually-hidden"}
        role="status"
      >
        {message}
      </p>
      <div
        id={`${id}-list`}
        className="ref-search__list"
        role="listbox"
        aria-label="Found"
        hidden={!shown || results.length === 0}
      >
        {results.map((entry, at) => (
          <div
            key={entry.href}
            className="ref-search__one"
            id={`${id}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === chosen}
            // The press must not take the focus from the box, or the list closes before the click.
            onMouseDown={(event) => event.preventDefault()}
            onMouseMove={() => setChosen(at)}
            onClick={() => go(entry)}
            onKeyDown={() => {}}
          >
            <code className="ref-search__name">{entry.name}</code>
            <span className="ref-search__kind">{entry.kind}</span>
            <span className="ref-search__words">{entry.words}</span>
          </div>
        ))}
      </div>
    </search>
  );
}
