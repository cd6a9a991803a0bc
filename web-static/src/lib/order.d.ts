/** Made by the build: short forms of all texts, four characters each, in the order of every catalogue. */
declare module "words:order" {
  const order: string;
  export default order;
}
