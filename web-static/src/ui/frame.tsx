import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { customer, use } from "../lib/api.ts";
import { brand } from "../lib/brand.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { onKey } from "../lib/keys.ts";
import { groups, type Item, menu } from "../lib/menu.ts";
import { go, link, path } from "../lib/router.ts";
import { acting, can, me, signOut } from "../lib/session.ts";
import { theme, turnTheme } from "../lib/theme.ts";
import { Icon } from "./icon.tsx";
import { openPalette } from "./palette.tsx";
import { Toasts } from "./toast.tsx";

/** What stands around every page: the menu, the way to anything, whose data this is. */
export function Frame({ children }: { children: ComponentChildren }) {
  const all = menu();
  useEffect(() => {
    const ends = all.map((one) => onKey(`g ${one.key}`, () => go(link(one.path))));
    return () => ends.forEach((end) => end());
  }, [customer.value, all.length]);
  return (
    <div class="frame">
      <a class="skip" href="#main">
        {t("Skip to content")}
      </a>
      <Side all={all} />
      <div class="beside">
        <Bar />
        {acting.value ? <Strip name={acting.value.name ?? ""} /> : null}
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <Bottom all={all} />
      <Toasts />
    </div>
  );
}

function Side({ all }: { all: Item[] }) {
  const names = groups();
  return (
    <nav class="side" aria-label={t("Pages")}>
      <a class="mark" href={link("/", "")}>
        <img src="/brand/mark.svg" alt="" width="28" height="28" />
        <span>
          <b>{brand.name}</b>
          <span class="muted small">{acting.value?.name ?? me.value?.customer?.name ?? ""}</span>
        </span>
      </a>
      <div>
        {["", "configure", "assure", "account"].map((group) => {
          const of = all.filter((one) => one.group === group);
          return of.length ? (
            <div class="group" key={group}>
              {names[group] ? <p class="muted small">{names[group]}</p> : null}
              <ul>
                {of.map((one) => (
                  <li key={one.path}>
                    <Entry item={one} />
                  </li>
                ))}
              </ul>
            </div>
          ) : null;
        })}
      </div>
    </nav>
  );
}

function isOpen(item: Item): boolean {
  return item.path === "/" ? path.value === "/" : path.value === item.path || path.value.startsWith(`${item.path}/`);
}

function Entry({ item }: { item: Item }) {
  return (
    <a href={link(item.path)} aria-current={isOpen(item) ? "page" : undefined}>
      <Icon name={item.icon} />
      <span>{item.words}</span>
      {item.path === "/exceptions" ? <Waiting /> : null}
    </a>
  );
}

/** How many causes wait for a person. */
function Waiting() {
  const { data } = use("GET /v1/exceptions/count", {});
  const n = data.value?.count ?? 0;
  return n ? (
    <span class="badge">
      {number(n)}
      <span class="hidden"> {t("{n} causes wait", { n })}</span>
    </span>
  ) : null;
}

function Bar() {
  return (
    <header class="bar">
      <button type="button" class="find" onClick={openPalette}>
        <Icon name="search" />
        <span>{t("Search or jump to")}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <span class="grow" />
      <button type="button" class="button icon-only" aria-label={theme.value === "dark" ? t("Light colours") : t("Dark colours")} onClick={turnTheme}>
        <Icon name={theme.value === "dark" ? "moon" : "sun"} />
      </button>
      <details class="who">
        <summary>
          <Icon name="people" />
          <b class="hidden">{t("Your account")} </b>
          <span>{me.value?.name || me.value?.email}</span>
        </summary>
        <ul>
          <li class="muted small">{me.value?.email}</li>
          <li>
            <a href={link("/profile", "")}>{t("Profile: language, time zone, keys")}</a>
          </li>
          <li>
            <a href="/account">{t("Account and sign-in")}</a>
          </li>
          <li>
            <button type="button" onClick={() => void signOut()}>
              {t("Sign out")}
            </button>
          </li>
        </ul>
      </details>
    </header>
  );
}

/** Partner staff at a customer's: always seen, and one press to leave. */
function Strip({ name }: { name: string }) {
  return (
    <aside class="strip" aria-label={t("You work for")}>
      <span>
        {t("You work for")} <b>{name}</b>
      </span>
      <a href={link(can("customers:read") ? "/customers" : "/", "")}>
        <Icon name="leave" mirrored />
        {t("Leave")}
      </a>
    </aside>
  );
}

function Bottom({ all }: { all: Item[] }) {
  return (
    <nav class="bottom" aria-label={t("Main pages")}>
      {all.slice(0, 4).map((one) => (
        <Entry key={one.path} item={one} />
      ))}
      <button type="button" onClick={openPalette}>
        <Icon name="more" />
        <span>{t("More")}</span>
      </button>
    </nav>
  );
}
