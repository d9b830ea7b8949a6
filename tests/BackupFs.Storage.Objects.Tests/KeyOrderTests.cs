using System.Text;
using CsCheck;
using Xunit;

namespace BackupFs.Storage.Objects.Tests;

public class KeyOrderTests
{
    private static readonly string[] Characters = ["", "/", "a", "b", "\u00E9", "\u4E00", "\uD7FF", "\uE000", "\uFFFD", "\U00010000", "\U0001F5C4", "\U0010FFFF"];

    private static readonly Gen<string> GenCharacter = Gen.Int[0, Characters.Length - 1].Select(i => Characters[i]);

    [Fact]
    public void It_is_the_order_of_the_bytes() =>
        Gen.Select(GenCharacter.Array[0, 5], GenCharacter.Array[0, 5]).Sample((left, right) =>
        {
            var (a, b) = (string.Concat(left), string.Concat(right));
            var expected = Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
            Assert.Equal(Math.Sign(expected), Math.Sign(KeyOrder.Instance.Compare(a, b)));
        });
}
