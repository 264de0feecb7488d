package io.culvert.config.reader;

import java.util.Set;

/**
 * The names that rules may refer to.
 *
 * @param inbounds tags of inbounds, and of what speaks like one: the dns section, bridges
 * @param outbounds tags of outbounds, and of what is reached like one: the API, portals
 */
record Tags(Set<String> inbounds, Set<String> outbounds) {}
