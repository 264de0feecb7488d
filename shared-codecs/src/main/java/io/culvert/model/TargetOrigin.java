package io.culvert.model;

/** Who chose a session's destination: it decides what the dialler's address guard allows (reliability section 2b). */
public enum TargetOrigin {
    /** A client asked for it: the guard applies. */
    CLIENT,
    /** The operator wrote it into the configuration (a dokodemo target, a freedom redirect). */
    OPERATOR
}
