#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Makes src/account/phone_tables.c from the metadata of npm's libphonenumber-js, which comes from
# Google's libphonenumber:
#   ./dev deps
#   tools/phone-tables.pl t/npm/node_modules/libphonenumber-js >src/account/phone_tables.c
# For a newer release raise the version in t/npm/package.json first, and in NOTICE.
# t/unit/generated.t compares the file with the result. t/unit/test_phone_examples checks
# libphonenumber's example numbers.
use strict;
use warnings;
use JSON::PP ();

my $package = shift // die "usage: $0 DIRECTORY-OF-LIBPHONENUMBER-JS\n";

sub read_json {
    my ($name) = @_;
    open my $in, '<:raw', "$package/$name" or die "$package/$name: $!\n";
    local $/;
    return JSON::PP->new->utf8->decode(scalar <$in>);
}

my $version = read_json('package.json')->{version};
my $data = read_json('metadata.max.json');
die "metadata of version $data->{version}, not 4: look at its format again\n"
    unless $data->{version} == 4;

# Where things stand in a region's list, and in its list of types.
use constant {
    CODE => 0, GENERAL => 2, LENGTHS => 3, PREFIX => 5, PARSING => 7, TRANSFORM => 8,
    TYPES => 11
};
use constant { FIXED => 0, MOBILE => 1 };
# Toll free, premium rate, voicemail, UAN, shared cost. (Personal numbers, pagers and VoIP may take
# texts.)
my @refused = (2, 3, 5, 6, 9);

sub mask { my $mask = 0; $mask |= 1 << $_ for @_; return sprintf '0x%05x', $mask }

sub quoted {
    my ($text) = @_;
    return 'NULL' unless defined $text;
    $text =~ s/([\\"])/\\$1/g;
    return qq("$text");
}

sub pattern {
    my ($type) = @_;
    return ref $type eq 'ARRAY' && length $type->[0] ? $type->[0] : undef;
}

# A text; where there is none, the metadata has the number 0, which is not the text "0".
sub text {
    my ($value) = @_;
    return JSON::PP->new->allow_nonref->encode($value) =~ /^"./ ? $value : undef;
}

sub any {
    my @each = grep { defined } @_;
    return @each ? join '|', @each : undef;
}

# Where several regions have a calling code, what only one of them adds to a short, local number is
# a guess in the others.
sub is_first {
    my ($region, $code) = @_;
    my $regions = $data->{country_calling_codes}{$code};
    return !$regions || $regions->[0] eq $region;
}

sub row {
    my ($region, $list) = @_;
    my ($prefix, $parsing, $transform) = map { text($list->[$_]) } PREFIX, PARSING, TRANSFORM;
    ($parsing, $transform) = () if $transform && !is_first($region, $list->[CODE]);
    my $types = ref $list->[TYPES] ? $list->[TYPES] : [];
    my $mobile = $types->[MOBILE];
    # An empty pattern: mobile and fixed numbers look alike.
    my $alike = ref $mobile && $mobile->[0] eq '';
    my $lengths = ($alike ? $types->[FIXED] : ref $mobile ? $mobile : [])->[1];
    my @mobile_lengths = @{ $lengths || $list->[LENGTHS] };
    return sprintf qq(    {"%s", "%s", %s, %s, %s, %s, %s, %s, %s},\n), $list->[CODE], $region,
        quoted($list->[GENERAL]), quoted($alike ? pattern($types->[FIXED]) : pattern($mobile)),
        quoted($alike ? undef : pattern($types->[FIXED])),
        quoted(any(map { pattern($types->[$_]) } @refused)),
        quoted($parsing // $prefix), quoted($transform), mask(@mobile_lengths);
}

my @rows = map { row($_, $data->{countries}{$_}) } keys %{ $data->{countries} };
push @rows, map { row('001', $data->{nonGeographic}{$_}) } keys %{ $data->{nonGeographic} };

print <<"END", sort(@rows), "    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0},\n};\n";
/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* Made by tools/phone-tables.pl of libphonenumber-js $version (MIT), whose metadata is that of
 * Google's libphonenumber (Apache-2.0). Not to be edited. */
#include "account/phone_plan.h"

const as_phone_plan_region_t as_phone_tables[] = {
END
