import { styleText } from 'node:util';
import { visible } from '../terminal.ts';

const levels: Record<number, [name: string, color: Parameters<typeof styleText>[0]]> = {
  10: ['trace', 'gray'],
  20: ['debug', 'gray'],
  30: ['info', 'green'],
  40: ['warn', 'yellow'],
  50: ['error', 'red'],
  60: ['fatal', 'red'],
};

/** Turns a JSON line of the log into one for a person at a terminal: time, level, message, fields, stack. */
export function readableLine(json: string, hasColors: boolean): string {
  const { level, time, msg, err, instance: _, version: __, ...fields } = JSON.parse(json);
  const paint = (color: Parameters<typeof styleText>[0], text: string) =>
    hasColors ? styleText(color, text, { validateStream: false }) : text;
  const [name, color] = levels[level] ?? [String(level), 'gray'];
  const at = new Date(time);
  const clock = `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  const values = Object.entries(fields).map(([key, value]) => `${paint('gray', `${key}=`)}${visible(textOf(value))}`);
  const stack = err === undefined ? '' : `\n${visible(String(err.stack ?? textOf(err)))}`;
  return `${[paint('gray', clock), paint(color, name.padEnd(5)), visible(msg), ...values].join(' ')}${stack}\n`;
}

/** A word as it is, everything else as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}
