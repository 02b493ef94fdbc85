import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { compare, isSame, sizeOf, ValidationError } from './values.ts';

/*
 * DynamoDB's expressions, as far as the adapters use them: top-level attributes only. What DynamoDB refuses is refused,
 * above all names and values that are not used. [Amazon DynamoDB, Expressions]
 */

export type Item = Record<string, AttributeValue>;

export interface Placeholders {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

export type Condition = (item: Item) => boolean;
type Operand = (item: Item) => AttributeValue | undefined;

export interface Change {
  attribute: string;
  /** undefined removes the attribute */
  value: Operand;
}

const token = /\s*(:\w+|#\w+|[A-Za-z_]\w*|<>|<=|>=|[()=<>,+-])/y;

/** The expressions of one request: they share its placeholders, all of which must be used. */
export class Expressions {
  readonly #names: Record<string, string>;
  readonly #values: Record<string, AttributeValue>;
  readonly #used = new Set<string>();
  #tokens: string[] = [];
  /** attributes named by the expression that was parsed last */
  #attributes: string[] = [];

  constructor({ ExpressionAttributeNames, ExpressionAttributeValues }: Placeholders) {
    for (const [kind, given] of Object.entries({ ExpressionAttributeNames, ExpressionAttributeValues }))
      if (given && Object.keys(given).length === 0) throw new ValidationError(`${kind} must not be empty`);
    this.#names = ExpressionAttributeNames ?? {};
    this.#values = ExpressionAttributeValues ?? {};
  }

  get attributes(): readonly string[] {
    return this.#attributes;
  }

  condition(expression: string | undefined): Condition {
    if (expression === undefined) return () => true;
    return this.#whole(expression, () => this.#or());
  }

  projection(expression: string | undefined): string[] | undefined {
    if (expression === undefined) return undefined;
    return this.#whole(expression, () => this.#list(() => this.#attribute()));
  }

  update(expression: string | undefined): Change[] {
    if (expression === undefined) return [];
    const changes = this.#whole(expression, () => this.#clauses());
    const written = changes.map(({ attribute }) => attribute);
    if (new Set(written).size < written.length) throw new ValidationError('Two document paths overlap with each other');
    return changes;
  }

  /** To be called when all expressions of the request are parsed. */
  checkUse(): void {
    const unused = [...Object.keys(this.#names), ...Object.keys(this.#values)].filter(name => !this.#used.has(name));
    if (unused.length > 0) throw new ValidationError(`unused in expressions: keys: {${unused.join(', ')}}`);
  }

  #whole<T>(expression: string, parse: () => T): T {
    this.#tokens = tokensOf(expression);
    this.#attributes = [];
    const parsed = parse();
    if (this.#tokens.length > 0) throw new ValidationError(`Syntax error; token: "${this.#tokens[0]}"`);
    return parsed;
  }

  #clauses(): Change[] {
    const changes: Change[] = [];
    const seen = new Set<string>();
    while (this.#tokens.length > 0) {
      const clause = this.#next();
      if (seen.has(clause)) throw new ValidationError(`The "${clause}" section can only be used once`);
      seen.add(clause);
      if (clause === 'SET') changes.push(...this.#list(() => this.#assignment()));
      else if (clause === 'REMOVE')
        changes.push(...this.#list(() => ({ attribute: this.#attribute(), value: () => undefined })));
      else if (clause === 'ADD') changes.push(...this.#list(() => this.#addition()));
      else throw new ValidationError(`Syntax error; token: "${clause}"`);
    }
    return changes;
  }

  #assignment(): Change {
    const attribute = this.#attribute();
    this.#expect('=');
    let value = this.#operand();
    while (this.#tokens[0] === '+' || this.#tokens[0] === '-') {
      const [sign, left, right] = [this.#next() === '+' ? 1 : -1, value, this.#operand()];
      value = item => ({ N: String(numberOf(left(item)) + sign * numberOf(right(item))) });
    }
    return { attribute, value: item => present(value(item)) };
  }

  #addition(): Change {
    const attribute = this.#attribute();
    const value = this.#operand();
    const sum = (known: AttributeValue | undefined, added: AttributeValue | undefined): AttributeValue =>
      added?.SS
        ? { SS: [...new Set([...(known?.SS ?? []), ...added.SS])] }
        : { N: String(numberOf(known ?? { N: '0' }) + numberOf(added)) };
    return { attribute, value: item => sum(item[attribute], value(item)) };
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#take('OR')) parts.push(this.#and());
    return item => parts.some(part => part(item));
  }

  #and(): Condition {
    const parts = [this.#not()];
    while (this.#take('AND')) parts.push(this.#not());
    return item => parts.every(part => part(item));
  }

  #not(): Condition {
    if (!this.#take('NOT')) return this.#primary();
    const part = this.#not();
    return item => !part(item);
  }

  #primary(): Condition {
    if (this.#take('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    return this.#function() ?? this.#comparison();
  }

  #function(): Condition | undefined {
    const name = this.#tokens[0] ?? '';
    if (this.#tokens[1] !== '(' || name === 'size') return undefined;
    this.#next();
    this.#expect('(');
    const attribute = this.#attribute();
    const argument = this.#take(',') ? this.#operand() : undefined;
    this.#expect(')');
    if (argument === undefined && name === 'attribute_exists') return item => item[attribute] !== undefined;
    if (argument === undefined && name === 'attribute_not_exists') return item => item[attribute] === undefined;
    if (argument && name === 'begins_with')
      return item => item[attribute]?.S?.startsWith(argument(item)?.S as string) ?? false;
    if (argument && name === 'contains')
      return item => item[attribute]?.S?.includes(argument(item)?.S as string) ?? false;
    throw new ValidationError(`Invalid function or number of operands: ${name}`);
  }

  #comparison(): Condition {
    const left = this.#operand();
    const operator = this.#next();
    if (operator === 'BETWEEN') {
      const low = this.#operand();
      this.#expect('AND');
      const high = this.#operand();
      return item => {
        if (compare(low(item), high(item), '>'))
          throw new ValidationError(
            'The BETWEEN operator requires upper bound to be greater than or equal to lower bound',
          );
        return compare(left(item), low(item), '>=') && compare(left(item), high(item), '<=');
      };
    }
    if (operator === 'IN') {
      this.#expect('(');
      const choices = this.#list(() => this.#operand());
      this.#expect(')');
      return item => choices.some(choice => isSame(left(item), choice(item)));
    }
    if (!['=', '<>', '<', '<=', '>', '>='].includes(operator))
      throw new ValidationError(`Syntax error; token: "${operator}"`);
    const right = this.#operand();
    return item => compare(left(item), right(item), operator);
  }

  #operand(): Operand {
    if (this.#tokens[0] === 'size' && this.#tokens[1] === '(') {
      this.#next();
      this.#expect('(');
      const attribute = this.#attribute();
      this.#expect(')');
      return item => item[attribute] && { N: String(sizeOf(item[attribute])) };
    }
    if (this.#tokens[0] === 'if_not_exists') {
      this.#next();
      this.#expect('(');
      const attribute = this.#attribute();
      this.#expect(',');
      const otherwise = this.#operand();
      this.#expect(')');
      return item => item[attribute] ?? otherwise(item);
    }
    if (!this.#tokens[0]?.startsWith(':')) {
      const attribute = this.#attribute();
      return item => item[attribute];
    }
    const name = this.#next();
    const value = this.#values[name];
    if (!value) throw new ValidationError(`An expression attribute value used in expression is not defined: ${name}`);
    this.#used.add(name);
    return () => value;
  }

  #attribute(): string {
    const name = this.#next();
    const attribute = name.startsWith('#') ? this.#names[name] : name;
    if (attribute === undefined || !/^[#A-Za-z_]/.test(name))
      throw new ValidationError(`An expression attribute name used in the document path is not defined: ${name}`);
    if (name.startsWith('#')) this.#used.add(name);
    else if (reservedWords.has(name.toUpperCase()))
      throw new ValidationError(`Attribute name is a reserved keyword; reserved keyword: ${name}`);
    this.#attributes.push(attribute);
    return attribute;
  }

  #list<T>(parse: () => T): T[] {
    const parsed = [parse()];
    while (this.#take(',')) parsed.push(parse());
    return parsed;
  }

  #take(wanted: string): boolean {
    if (this.#tokens[0] !== wanted) return false;
    this.#tokens.shift();
    return true;
  }

  #expect(wanted: string): void {
    if (!this.#take(wanted)) throw new ValidationError(`Syntax error; token: "${this.#tokens[0]}", not "${wanted}"`);
  }

  #next(): string {
    const next = this.#tokens.shift();
    if (next === undefined) throw new ValidationError('Syntax error; the expression ends too early');
    return next;
  }
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < expression.trimEnd().length; at = token.lastIndex) {
    token.lastIndex = at;
    const [, found] = token.exec(expression) ?? [];
    if (found === undefined) throw new ValidationError(`Syntax error near: ${expression.slice(at)}`);
    tokens.push(found);
  }
  return tokens;
}

function numberOf(value: AttributeValue | undefined): number {
  if (value?.N === undefined)
    throw new ValidationError('An operand in the update expression has an incorrect data type');
  return Number(value.N);
}

function present(value: AttributeValue | undefined): AttributeValue {
  if (value) return value;
  throw new ValidationError('The provided expression refers to an attribute that does not exist in the item');
}

/** The reserved words that are likely names of attributes here, out of 573 [Amazon DynamoDB, Reserved words]. */
const reservedWords = new Set(
  `ACTION AGENT BATCH BLOCK BUCKET CAPACITY CLASS COLLECTION CONNECTION COUNT COUNTER CURRENT CURSOR DATA DATE DAY DEFAULT DOMAIN
   DURATION END ERROR FAIL FIELDS FILE FILTER FIRST FORMAT FREE HASH HIDDEN HOLD HOUR INDEX ITEM KEY LANGUAGE LAST LENGTH LEVEL LIMIT
   LIST LOCATION LOCK LOG MAP MAX METHOD MODE NAME NEXT NUMBER OBJECT OFFSET ONLINE OPEN ORDER OTHER OUTPUT OWNER PATH PERMISSIONS
   PLAN POSITION RANGE RANK RECORD REGION RELEASE REQUEST RESOURCE RESPONSE RESULT ROLE RULE SEGMENT SEQUENCE SESSION SHARD SIZE SOURCE
   START STATE STATUS STORE STREAM TEXT TIME TIMESTAMP TOKEN TOTAL TTL TYPE URL USAGE USER UUID VALUE VIEW WINDOW ZONE`.split(
    /\s+/,
  ),
);
