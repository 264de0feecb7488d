package io.culvert.model;

/** What a node does in a farm; a node has one role at the least. */
public enum NodeRole {
    /** Takes clients. */
    INGRESS(1, "ingress"),
    /** Decides where sessions go. */
    ROUTER(2, "router"),
    /** Opens destinations. */
    EGRESS(4, "egress");

    private final int bit;
    private final String text;

    NodeRole(int bit, String text) {
        this.bit = bit;
        this.text = text;
    }

    /** Its bit in a set of roles on the wire; never reused. */
    public int bit() {
        return bit;
    }

    /** The word in configurations and lists. */
    public String text() {
        return text;
    }
}
