using System.Globalization;
using System.Text;
using System.Text.Json;
using BackupFs.Cli.Parsing;
using BackupFs.Storage;

namespace BackupFs.Cli.Configuration;

/// <summary>
/// Reads <c>{"storages": {"NAME": {"url": "…", "memory": "512MiB"}}, "default": "NAME"}</c>, and says of every error where it is.
/// Comments and commas at ends are allowed. Values are never shown whole where they may be secret.
/// </summary>
/// <param name="path">The file, absolute: what relative paths in it are relative to.</param>
/// <param name="text">Its content, without a byte order mark.</param>
internal sealed class ConfigurationReader(string path, byte[] text)
{
    private const string Url = "url", Levels = "dir-levels";
    private static readonly string[] RootKeys = ["storages", "default"];
    private static readonly string[] StorageKeys = [Url, Levels, ClosePolicyOption.Name, .. StorageTuning.Names];

    private readonly string _directory = Path.GetDirectoryName(path) ?? "/";

    /// <summary>Reads it.</summary>
    /// <exception cref="CommandException">It makes no sense; with line and position.</exception>
    public StorageConfiguration Read()
    {
        try
        {
            return ReadRoot();
        }
        catch (JsonException error)
        {
            // The message repeats the position, counted from 0.
            var message = error.Message.Split(" LineNumber:")[0].TrimEnd('.');
            throw new CommandException(
                string.Create(CultureInfo.InvariantCulture, $"{BackupPath.Printable(path)}:{error.LineNumber + 1}:{error.BytePositionInLine + 1}: {message}"), error);
        }
    }

    private StorageConfiguration ReadRoot()
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        reader.Read();
        var storages = new Dictionary<string, StorageSource>(StringComparer.Ordinal);
        string? byDefault = null;
        long defaultAt = 0;
        Object(ref reader, "the file", RootKeys, (ref Utf8JsonReader value, string key) =>
        {
            if (key == "default")
            {
                (byDefault, defaultAt) = (Text(ref value, key), value.TokenStartIndex);
            }
            else
            {
                ReadStorages(ref value, storages);
            }
        });
        reader.Read();
        return byDefault is null || storages.ContainsKey(byDefault)
            ? new StorageConfiguration(path, storages, byDefault)
            : throw Error(defaultAt, $"the default storage '{BackupPath.Printable(byDefault)}' is not among the storages");
    }

    private void ReadStorages(ref Utf8JsonReader reader, Dictionary<string, StorageSource> storages) =>
        Object(ref reader, "storages", accepted: null, (ref Utf8JsonReader value, string name) =>
        {
            if (!StorageChoice.IsName(name))
            {
                throw Error(value.TokenStartIndex, $"'{BackupPath.Printable(name)}' cannot be the name of a storage: it is empty or has a ':' or a slash");
            }

            storages.Add(name, ReadStorage(ref value, name));
        });

    private StorageSource ReadStorage(ref Utf8JsonReader reader, string name)
    {
        var at = reader.TokenStartIndex;
        var source = new StorageSource("");
        Object(ref reader, $"the storage '{name}'", StorageKeys, (ref Utf8JsonReader value, string key) =>
        {
            var position = value.TokenStartIndex;
            var said = Text(ref value, key);
            source = key switch
            {
                Url => source with { Location = Location(position, said) },
                Levels => source with { DirectoryLevels = DirectoryLevels(position, said) },
                ClosePolicyOption.Name => source with { DefersCloses = ClosePolicyOption.IsDeferred(said, accepted => Bad(position, key, said, accepted)) },
                _ => source with { Objects = StorageTuning.With(source.Objects, key, said, _directory, accepted => Bad(position, key, said, accepted)) },
            };
        });
        return source.Location.Length > 0 ? source : throw Error(at, $"the storage '{name}' has no url");
    }

    private int? DirectoryLevels(long at, string said) =>
        said == "auto" ? null
        : int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var levels) && levels is >= 1 and <= 16 ? levels
        : throw Bad(at, Levels, said, "a number from 1 to 16, or auto");

    /// <summary>The location with its paths made absolute.</summary>
    private string Location(long at, string said)
    {
        try
        {
            return ConfiguredLocation.Absolute(said, _directory);
        }
        catch (StorageException error)
        {
            throw Error(at, error.Message);
        }
    }

    private void Object(ref Utf8JsonReader reader, string what, string[]? accepted, ReadMember member)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Error(reader.TokenStartIndex, $"{what} has to be an object: {{ … }}");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var at = reader.TokenStartIndex;
            var key = reader.GetString()!;
            if (accepted is not null && !accepted.Contains(key, StringComparer.Ordinal))
            {
                var meant = Suggestion.For(key, accepted);
                throw Error(at, $"{what} has no key '{BackupPath.Printable(key)}'; "
                    + (meant is null ? $"the keys are {OptionValue.Words(accepted)}" : $"did you mean '{meant}'?"));
            }

            if (!seen.Add(key))
            {
                throw Error(at, $"'{BackupPath.Printable(key)}' is there twice");
            }

            reader.Read();
            member(ref reader, key);
        }
    }

    private string Text(ref Utf8JsonReader reader, string key) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => throw Error(reader.TokenStartIndex, $"'{key}' has to be a text: \"…\""),
    };

    private CommandException Bad(long at, string key, string value, string accepted) =>
        Error(at, $"bad value '{BackupPath.Printable(value)}' for '{key}': accepted is {accepted}");

    private CommandException Error(long at, string message)
    {
        var before = text.AsSpan(0, (int)Math.Min(at, text.Length));
        var line = before.Count((byte)'\n') + 1;
        var position = before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1;
        return new CommandException(string.Create(CultureInfo.InvariantCulture, $"{BackupPath.Printable(path)}:{line}:{position}: {message}"));
    }

    private delegate void ReadMember(ref Utf8JsonReader value, string key);
}
