// What is behind the other tabs and buttons of the editor, a file of its own that is loaded when it is first needed.
export { Backtests } from "./backtest.tsx";
export { Decide, Versions } from "./versions.tsx";
