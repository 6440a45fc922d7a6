using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Hull.Oci.Runtime;

namespace Hull.Oci.Tests;

public sealed class RuntimeSpecReaderTests
{
    [Fact]
    public void Read_OfASpecWithEveryMember_EqualsTheSerializer()
    {
        RuntimeSpec full = (RuntimeSpec)Fill(typeof(RuntimeSpec), 1);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(full, RuntimeJson.Default.RuntimeSpec);

        RuntimeSpec read = RuntimeSpecReader.Read(json);

        Assert.Equal(Encoding.UTF8.GetString(json), JsonSerializer.Serialize(read, RuntimeJson.Default.RuntimeSpec));
    }

    [Theory]
    [InlineData("""{"process":"x","root":{}}""")]
    [InlineData("""{"process":{"args":"x"}}""")]
    [InlineData("""{"process":{"user":{"uid":-1}}}""")]
    [InlineData("""{"hostname":{}}""")]
    [InlineData("""{"linux":{"sysctl":[]}}""")]
    [InlineData("""{"mounts":[null]}""")]
    [InlineData("""{} {}""")]
    [InlineData("""[]""")]
    [InlineData("""{""")]
    [InlineData("")]
    public void Read_OfAWrongType_Refuses(string json)
    {
        Assert.ThrowsAny<JsonException>(() => RuntimeSpecReader.Read(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Read_OfNullsAndUnknownMembers_IgnoresThem()
    {
        RuntimeSpec spec = RuntimeSpecReader.Read(
            """{"process":null,"vm":{"a":[1,{"b":2}]},"linux":{"resources":{"memory":{"limit":null,"swap":5}},"devices":null},"hostname":null}"""u8);

        Assert.Null(spec.Process);
        Assert.Null(spec.Hostname);
        Assert.Null(spec.Linux?.Devices);
        Assert.Null(spec.Linux?.Resources?.Memory?.Limit);
        Assert.Equal(5, spec.Linux?.Resources?.Memory?.Swap);
    }

    [Fact]
    public void Read_OfNamesInAnotherCase_KnowsThem()
    {
        byte[] json = """{"Linux":{"resources":{"hugepageLimits":[{"pagesize":"2MB","limit":5}]}}}"""u8.ToArray();

        HugepageLimitSpec read = Assert.Single(RuntimeSpecReader.Read(json).Linux!.Resources!.HugepageLimits!);
        HugepageLimitSpec deserialized = JsonSerializer.Deserialize(json, RuntimeJson.Default.RuntimeSpec)!.Linux!.Resources!.HugepageLimits![0];

        Assert.Equal(("2MB", 5ul), (read.PageSize, read.Limit));
        Assert.Equal("2MB", deserialized.PageSize);
    }

    private static object Fill(Type type, int seed)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return "text-" + seed;
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type.IsPrimitive)
        {
            return Convert.ChangeType(seed, type, System.Globalization.CultureInfo.InvariantCulture);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            Type item = type.GetGenericArguments()[0];
            IList list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
            list.Add(Fill(item, seed + 1));
            list.Add(Fill(item, seed + 2));
            return list;
        }

        if (type.IsGenericType)
        {
            Type item = type.GetGenericArguments()[1];
            IDictionary map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), item))!;
            map.Add("key", Fill(item, seed + 1));
            return map;
        }

        object result = Activator.CreateInstance(type)!;
        foreach (PropertyInfo property in type.GetProperties().Where(property => property.SetMethod is not null))
        {
            property.SetValue(result, Fill(property.PropertyType, ++seed));
        }

        return result;
    }
}
