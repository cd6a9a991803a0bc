export function short(text: string): string;
