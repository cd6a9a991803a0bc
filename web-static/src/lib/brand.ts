/** What the server wrote into the page of the partner whose host this is. */
function said(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="brand-${name}"]`)?.content ?? "";
}

export const brand = {
  name: said("name"),
  product: said("product"),
  supportName: said("support-name"),
  supportEmail: said("support-email"),
  supportUrl: said("support-url"),
};
