using System.Text.Json.Serialization;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Source-generated JSON of inspections, indented by four blanks as Docker prints them.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    IndentSize = 4,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(DigestJsonConverter)])]
[JsonSerializable(typeof(ImageInspection))]
[JsonSerializable(typeof(IReadOnlyList<ImageInspection>))]
public sealed partial class InspectionJson : JsonSerializerContext;
