const rememberedAtMost = 1000;

/**
 * Caches lookups in a warm function for `milliseconds`. Each registry has its own cache. Results that were not found are
 * not cached.
 */
export function makeMemory<Thing>(milliseconds: number) {
  const memories = new WeakMap<object, Map<string, { thing: Thing; until: number }>>();

  return async function remembered<Found extends Thing | undefined>(
    registry: object,
    name: string,
    now: number,
    lookUp: () => Promise<Found>,
  ): Promise<Found | Thing> {
    const memory = memories.get(registry) ?? new Map<string, { thing: Thing; until: number }>();
    memories.set(registry, memory);
    const known = memory.get(name);
    if (known && known.until > now) return known.thing;
    const thing = await lookUp();
    if (memory.size >= rememberedAtMost) memory.clear();
    if (thing !== undefined) memory.set(name, { thing, until: now + milliseconds });
    return thing;
  };
}
