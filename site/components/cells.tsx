"use client";

import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import type { CellOutput } from "@/cells/protocol";
import { type CellState, Session } from "@/cells/session";
import { fetchCode } from "@/isolate/code";
import { cellsIsolate } from "@/isolate/isolate";
import { fetchPack } from "@/lib/packs";

const SessionContext = createContext<Session | null>(null);

/** Holds the cells of one chapter; everything inside can run and read them. */
export function CellsProvider({
  chapter,
  cells,
  children,
}: {
  chapter: string;
  cells: { id: string; source: string; outputs: CellOutput[] }[];
  children: ReactNode;
}) {
  const [session] = useState(() => {
    const made = new Session(chapter, () => cellsIsolate.spawn(), {
      pack: fetchPack,
      code: fetchCode,
    });
    for (const { id, source, outputs } of cells) made.register(id, source, outputs);
    return made;
  });
  useEffect(() => {
    session.restore();
    return () => {
      session.dispose();
      cellsIsolate.close();
    };
  }, [session]);
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useCells(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("a cell stands outside a CellsProvider");
  return session;
}

/** A cell's state, kept up to date. */
export function useCell(id: string): CellState {
  const session = useCells();
  const state = (): CellState => session.state(id);
  return useSyncExternalStore(session.subscribe, state, state);
}
