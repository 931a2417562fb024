/// The objects of the API as plain classes, and how they are read from and written to the wire's
/// tree.
///
/// A class here is the object's whole definition: its name after `Kaltura`, its public fields and
/// their annotations are what the wire has. {@link io.millrace.platformapi.model.ApiObject} says
/// the rules. Knows no HTTP, no SQL and no session; used by both sides of the API.
@NullMarked
package io.millrace.platformapi.model;

import org.jspecify.annotations.NullMarked;
