namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>The objects of a bucket. Not thread-safe: the API's lock protects it.</summary>
internal sealed class EmulatedBucket
{
    internal SortedDictionary<string, EmulatedObject> Objects { get; } = new(Utf8Order.Instance);

    /// <summary>Throws 412 unless the generation of what is there is the one given, 0 for nothing; null is no condition.</summary>
    internal void Require(string name, long? generation)
    {
        if (generation is { } wanted && wanted != (Objects.GetValueOrDefault(name)?.Generation ?? 0))
        {
            throw new ApiError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        }
    }

    internal EmulatedObject Find(string bucket, string name) =>
        Objects.GetValueOrDefault(name) ?? throw new ApiError(404, "notFound", $"No such object: {bucket}/{name}");

    /// <summary>The order of UTF-8's bytes: that of UTF-16, but surrogates stand above everything.</summary>
    private sealed class Utf8Order : IComparer<string>
    {
        internal static readonly Utf8Order Instance = new();

        public int Compare(string? x, string? y)
        {
            var same = x.AsSpan().CommonPrefixLength(y);
            return same == x!.Length || same == y!.Length ? x.Length.CompareTo(y!.Length) : Rank(x[same]).CompareTo(Rank(y[same]));
        }

        private static int Rank(char character) => char.IsSurrogate(character) ? character + 0x10000 : character;
    }
}
