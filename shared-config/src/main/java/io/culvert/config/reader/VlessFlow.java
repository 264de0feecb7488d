package io.culvert.config.reader;

/** The {@code flow} of a VLESS user (wire-formats section 5). */
final class VlessFlow {
    private VlessFlow() {}

    /** The old XTLS flows are ignored, as 4.34 does; Xray's Vision changes the bytes, so without it nothing works. */
    static void check(Fields user, Report report) {
        String flow = user.text("flow");
        if (flow.startsWith("xtls-rprx-vision")) {
            report.unsupported(user.spotOf("flow"), "the flow " + Words.quoted(flow));
        } else if (!flow.isEmpty() && !flow.equals("none")) {
            report.warning(user.spotOf("flow"), "the flow " + Words.quoted(flow) + " is ignored, as V2Ray 4.34 does");
        }
    }
}
