import { useState } from "preact/hooks";
import { sentence } from "../lib/problem.ts";
import { toast } from "./toast.tsx";

/** A press that changes something: says what it did, or what went wrong. With `sure` it asks once more, in those words. */
export function Act({ words, sure, done, plain, main, run }: {
  words: string;
  sure?: string;
  done?: string;
  plain?: boolean;
  main?: boolean;
  run: () => Promise<unknown>;
}) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const press = async () => {
    if (busy) return;
    if (sure && !asked) {
      setAsked(true);
      return;
    }
    setBusy(true);
    try {
      await run();
      if (done) toast(done);
    } catch (fault) {
      toast(sentence(fault));
    }
    setBusy(false);
    setAsked(false);
  };
  return (
    <button type="button" class={`button${plain ? " plain" : ""}${main ? " main" : ""}`} aria-busy={busy} onBlur={() => setAsked(false)} onClick={() => void press()}>
      {asked && sure ? sure : words}
    </button>
  );
}
