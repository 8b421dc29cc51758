#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Generates conf/common_passwords.txt from the frequency lists of npm's zxcvbn, at the version that
# t/npm/package.json names:
#   ./dev deps
#   tools/common-passwords.pl t/npm/node_modules/zxcvbn >conf/common_passwords.txt
# t/unit/generated.t compares the file with the result.
use strict;
use warnings;

# zxcvbn keeps a word only in the list where it ranks best: "jennifer" is a name there and not a
# password. So the best of each list are taken, passwords first.
my @lists = qw(passwords female_names male_names surnames us_tv_and_film english_wikipedia);
use constant PER_LIST => 10_000;

my $package = shift // die "usage: $0 DIRECTORY-OF-ZXCVBN\n";
my $file = "$package/lib/frequency_lists.js";
open my $in, '<', $file or die "$file: $!\n";
my %words;
while (<$in>) {
    my ($list, $words) = /^  (\w+): (["'].*["'])\.split\(","\),?$/ or next;
    $words{$list} = [map { s/\\(.)/$1/gr } split /,/, substr $words, 1, -1];
}
@{ $words{$_} // [] } or die "$file has no list $_: check its format\n" for @lists;
my @common =
    map { my @list = @{ $words{$_} }; @list[0 .. ($#list < PER_LIST ? $#list : PER_LIST - 1)] }
    @lists;

# zxcvbn finds repetitions and sequences by rule, and its lists lack them.
for my $character ('0' .. '9', 'a' .. 'z') {
    push @common, map { $character x $_ } 4 .. 12;
}
for my $row ('01234567890', join '', 'a' .. 'z') {
    for my $length (4 .. length $row) {
        push @common,
            map { ($_, scalar reverse $_) }
            map { substr $row, $_, $length } 0 .. length($row) - $length;
    }
}
push @common, map { ($_ x 2, $_ x 3, $_ x 4) } '00' .. '99';
push @common, map { $_ x 2 } grep { /^.{3,6}$/ } @{ $words{passwords} }[0 .. 999];

my %seen;
print map { "$_\n" } grep { !$seen{$_}++ } @common;
