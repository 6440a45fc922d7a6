namespace Hull.Cpu.Native;

/// <summary>What follows each opcode, one character an opcode. Source: Intel SDM vol. 2D, appendix A.</summary>
/// <remarks>
/// . nothing; m ModRM; b, w, z, v an immediate of 8, 16, operand-size (at most 32), operand-size bits; B and Z ModRM and then b or z;
/// j, J a displacement of 8 or operand-size bits; o an address; e ENTER's; g and G the unary groups; - not drawn.
/// </remarks>
internal static class OpcodeShapes
{
    internal const string OneByte =
        "mmmmbz..mmmmbz.-" + "mmmmbz..mmmmbz.." + "mmmmbz-.mmmmbz-." + "mmmmbz-.mmmmbz-."
        + "................" + "................" + "..-m----zZbB...." + "jjjjjjjjjjjjjjjj"
        + "BZBBmmmmmmmmmmmm" + "..........-....." + "oooo....bz......" + "bbbbbbbbvvvvvvvv"
        + "BBw.--BZe.w..b.." + "mmmmbb..mmmmmmmm" + "jjjjbbbbJJ-j...." + "-.--..gG......mm";

    internal const string TwoByte =
        "m-mm.-.......m.-" + "mmmmmmmmmmmmmmmm" + "mmmm....mmmmmmmm" + ".---------------"
        + "mmmmmmmmmmmmmmmm" + "mmmmmmmmmmmmmmmm" + "mmmmmmmmmmmmmmmm" + "BBBBmmm.----mmmm"
        + "JJJJJJJJJJJJJJJJ" + "mmmmmmmmmmmmmmmm" + "..-mBm--...mBm-m" + "mmmmmmmmmmBmmmmm"
        + "mmBmBBBm........" + "mmmmmmmmmmmmmmmm" + "mmmmmmmmmmmmmmmm" + "mmmmmmmmmmmmmmmm";
}
