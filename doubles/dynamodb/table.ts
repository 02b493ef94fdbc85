import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { IndexShape, TableShape } from '../../shared/adapters/aws/dynamo/table.ts';
import type { Condition, Expressions, Item } from './expressions.ts';
import { orderOf, sizeOf, ValidationError } from './values.ts';

/**
 * The items of a table, by key, and its indexes, which are up to date at once. The first read after a write misses it unless
 * the read is consistent.
 */

const itemOctetsAtMost = 400 * 1024;
const [partitionOctetsAtMost, sortOctetsAtMost] = [2048, 1024];

export interface Page {
  items: Item[];
  last?: Item;
}

export interface Range {
  index: IndexShape | undefined;
  matches: Condition;
  isForward: boolean;
  limit: number;
  after: Item | undefined;
  isConsistent: boolean;
}

export class StrictTable {
  readonly shape: TableShape;
  readonly #items = new Map<string, Item>();
  /** items as they were before their last write, until a read has missed it */
  readonly #former = new Map<string, Item | undefined>();

  constructor(shape: TableShape) {
    this.shape = shape;
  }

  get(key: Item, isConsistent = true): Item | undefined {
    this.checkKey(key);
    return isConsistent ? this.#items.get(nameOf(key)) : this.#missed(nameOf(key));
  }

  put(item: Item): void {
    this.checkItem(item);
    this.#former.set(nameOf(item), this.#items.get(nameOf(item)));
    this.#items.set(nameOf(item), item);
  }

  delete(key: Item): void {
    this.#former.set(nameOf(key), this.#items.get(nameOf(key)));
    this.#items.delete(nameOf(key));
  }

  #missed(name: string): Item | undefined {
    const item = this.#former.has(name) ? this.#former.get(name) : this.#items.get(name);
    this.#former.delete(name);
    return item;
  }

  all(): Item[] {
    return [...this.#items.values()];
  }

  /** Exactly the two key attributes, both strings of a permitted length. */
  checkKey(key: Item | undefined): void {
    if (
      Object.keys(key ?? {})
        .sort()
        .join() !== 'pk,sk'
    )
      throw new ValidationError('The provided key element does not match the schema');
    checkText('pk', key?.pk, partitionOctetsAtMost);
    checkText('sk', key?.sk, sortOctetsAtMost);
  }

  checkItem(item: Item): void {
    this.checkKey({ pk: item.pk, sk: item.sk } as Item);
    for (const { name, partitionKey, sortKey } of this.shape.indexes) {
      for (const { name: attribute, type } of [partitionKey, sortKey]) {
        const value = item[attribute];
        if (value && (value[type] === undefined || value.S === ''))
          throw new ValidationError(`One or more parameter values were invalid: key ${attribute} of index ${name}`);
      }
    }
    const octets = Object.entries(item).reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 0);
    if (octets > itemOctetsAtMost) throw new ValidationError('Item size has exceeded the maximum allowed size');
  }

  /** A page in the order of the sort key. */
  query({ index, matches, isForward, limit, after, isConsistent }: Range): Page {
    const [partition, sort] = index ? [index.partitionKey.name, index.sortKey.name] : ['pk', 'sk'];
    const order = (left: Item, right: Item) =>
      orderOf(left[sort] as AttributeValue, right[sort] as AttributeValue) ||
      orderOf(left.pk as AttributeValue, right.pk as AttributeValue) ||
      orderOf(left.sk as AttributeValue, right.sk as AttributeValue);
    const direction = isForward ? 1 : -1;
    const isCurrent = isConsistent || index !== undefined;
    const found = this.all()
      .filter(item => item[partition] && item[sort] && matches(item))
      .map(item => (isCurrent ? item : this.#missed(nameOf(item))))
      .filter(item => item !== undefined)
      .filter(item => !after || direction * order(item, after) > 0)
      .sort((left, right) => direction * order(left, right));
    const items = found.slice(0, limit);
    const last = items.at(-1);
    // a page that is full has a key to continue with, even if nothing follows
    const keys = ['pk', 'sk', partition, sort];
    return items.length === limit && last ? { items, last: pick(last, keys) } : { items };
  }

  indexNamed(name: string | undefined): IndexShape | undefined {
    const index = this.shape.indexes.find(each => each.name === name);
    if (name !== undefined && !index) throw new ValidationError(`The table does not have the specified index: ${name}`);
    return index;
  }

  /** What a read of an index can return. */
  projected(item: Item, index: IndexShape | undefined): Item {
    if (index?.projection !== 'KEYS_ONLY') return item;
    return pick(item, ['pk', 'sk', index.partitionKey.name, index.sortKey.name]);
  }

  /** A query needs its partition, by equality, and may name its sort key. */
  checkRange({ attributes }: Expressions, expression: string | undefined, index: IndexShape | undefined): void {
    const [partition, sort] = index ? [index.partitionKey.name, index.sortKey.name] : ['pk', 'sk'];
    const isEquality = new RegExp(`(^|AND )\\s*(#?${partition}) = :`).test(expression ?? '');
    if (!isEquality || /\b(OR|NOT|IN|contains)\b|<>/.test(expression ?? ''))
      throw new ValidationError('Query condition missed key schema element, or is not supported');
    const others = attributes.filter(each => each !== partition && each !== sort);
    if (others.length > 0) throw new ValidationError(`Query key condition not supported: ${others}`);
  }
}

export const nameOf = ({ pk, sk }: Item): string => JSON.stringify([pk?.S, sk?.S]);

export function pick(item: Item, names: string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

function checkText(name: string, value: AttributeValue | undefined, octetsAtMost: number): void {
  const octets = value?.S === undefined ? 0 : Buffer.byteLength(value.S);
  if (octets === 0 || octets > octetsAtMost)
    throw new ValidationError(`One or more parameter values were invalid: key ${name} has ${octets} octets`);
}
