// Zoom and pan of the plan: buttons, Ctrl and the wheel or a pinch towards the pointer, drag, and 0 to fit again.

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface View {
  readonly factor: number;
  readonly x: number;
  readonly y: number;
}

const fitted: View = { factor: 1, x: 0, y: 0 };
const most = 8;

export function useZoom(frame: RefObject<HTMLElement | null>, of: string) {
  const [view, setView] = useState<View>(fitted);
  const drag = useRef<{ readonly x: number; readonly y: number; readonly from: View; moved: boolean } | null>(null);
  useEffect(() => setView(fitted), [of]);

  /** The point under the pointer stays where it is. */
  const zoomTo = (times: number, at?: { readonly x: number; readonly y: number }): void =>
    setView((before) => {
      const factor = Math.min(most, Math.max(1, before.factor * times));
      if (factor === 1) return fitted;
      const box = frame.current!.getBoundingClientRect();
      const [x, y] = at === undefined ? [box.width / 2, box.height / 2] : [at.x - box.left, at.y - box.top];
      const ratio = factor / before.factor;
      return { factor, x: x - (x - before.x) * ratio, y: y - (y - before.y) * ratio };
    });

  useEffect(() => {
    const element = frame.current!;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomTo(Math.exp(-event.deltaY / 180), { x: event.clientX, y: event.clientY });
    };
    const onKey = (event: KeyboardEvent): void => {
      if (/^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName) || event.ctrlKey || event.metaKey)
        return;
      if (event.key === "0") setView(fitted);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    addEventListener("keydown", onKey);
    return () => {
      element.removeEventListener("wheel", onWheel);
      removeEventListener("keydown", onKey);
    };
  }, []);

  const handlers = {
    onPointerDown(event: PointerEvent) {
      if (view.factor > 1 && event.button === 0)
        drag.current = { x: event.clientX, y: event.clientY, from: view, moved: false };
    },
    onPointerMove(event: PointerEvent) {
      const held = drag.current;
      if (held === null) return;
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
      held.moved ||= Math.hypot(dx, dy) > 4;
      if (held.moved) setView({ ...held.from, x: held.from.x + dx, y: held.from.y + dy });
    },
    onPointerUp() {
      // What follows is a click; one that ended a drag selects nothing.
      setTimeout(() => (drag.current = null));
    },
    onPointerLeave() {
      drag.current = null;
    },
    onClickCapture(event: MouseEvent) {
      if (drag.current?.moved === true) event.stopPropagation();
    },
  };
  return { ...view, handlers, closer: () => zoomTo(1.5), further: () => zoomTo(1 / 1.5), reset: () => setView(fitted) };
}
