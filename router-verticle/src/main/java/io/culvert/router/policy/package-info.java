/** What the configuration says about a session: rules, outbounds, policy levels. */
@NullMarked
package io.culvert.router.policy;

import org.jspecify.annotations.NullMarked;
