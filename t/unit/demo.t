# SPDX-License-Identifier: Apache-2.0
# The demo's pages as files: sizes, nothing that the Content-Security-Policy refuses, messages.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Test::More;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $root = 'conf/demo/htdocs';
my @pages =
    ("$root/index.html", glob "$root/denied.html $root/private/*.html $root/editors/*.html");
my @scripts = ("$root/config.js", glob "$root/js/*.js");
my @languages = glob "$root/lang/*.json";

sub slurp {
    my ($file) = @_;
    local (@ARGV, $/) = $file;
    my $text = <>;
    utf8::decode($text);
    return $text;
}
my %text = map { $_ => slurp($_) } @pages, @scripts, "$root/style.css";
my %messages = map { m{(\w+)\.json$} => JSON::PP->new->decode(slurp($_)) } @languages;

subtest 'size' => sub {
    # A visitor loads one language.
    my ($longest) = sort { $b <=> $a } map { -s } @languages;
    my $sum = $longest;
    $sum += -s for map({ "$root/$_" } qw(index.html style.css icon.svg)),
        grep { !m{page\.js} } @scripts;
    cmp_ok $sum, '<', 60 * 1024, 'all that index.html loads: under 60 KiB';
};

subtest 'Content-Security-Policy' => sub {
    for (@pages) {
        unlike $text{$_}, qr/<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)/,
            "$_: no inline script or style";
        unlike $text{$_}, qr{(?:src|href)="(?:\w+:|//)}, "$_: nothing from other sites";
    }
    for (@scripts) {
        unlike $text{$_},
            qr/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|\.style\b/,
            "$_: no text becomes HTML, script or style";
        unlike $text{$_}, qr/localStorage(?!\.(?:get|set)Item\(STORE)/,
            "$_: localStorage has the language alone";
    }
    unlike $text{"$root/style.css"}, qr/url\(|\@import/, 'style.css loads nothing';
};

subtest 'messages' => sub {
    my $english = $messages{en};
    my @files = $text{"$root/config.js"} =~ /languages: \[(.*?)\]/;
    is_deeply [sort $files[0] =~ /'(\w+)'/g], [sort keys %messages],
        'config.js names each language';
    for my $language (sort keys %messages) {
        my $own = $messages{$language};
        is_deeply [sort keys %$own], [sort keys %$english], "$language: the keys of English";
        is_deeply [
            grep {
                join(' ', sort $own->{$_} =~ /\{\w+\}/g) ne
                    join(' ', sort $english->{$_} =~ /\{\w+\}/g)
            } sort keys %$own
            ],
            [], "$language: the values of English";
    }
    my %used;
    for my $page (@pages) {
        my (@other, @unknown);
        while ($text{$page} =~ /data-t="([^"]*)"[^>]*>([^<]*)</g) {
            $used{$1} = 1;
            push @other, $1 if length $2 && ($english->{$1} // '') ne $2;
        }
        $used{$1} = 1 while $text{$page} =~ /data-hint="([^"]*)"/g;
        while ($text{$page} =~ /aria-label="([^"]*)" data-label="([^"]*)"/g) {
            $used{$2} = 1;
            push @other, $2 if ($english->{$2} // '') ne $1;
        }
        is_deeply \@other, [], "$page: its text is that of en.json";
    }
    # Whole keys, and beginnings as in t(`error.${code}`).
    my $scripts = join '', map { $text{$_} } @scripts;
    my @begin = ($scripts =~ /`([\w.]+\.)\$\{/g);
    my @quoted = ($scripts =~ /'([\w.]+)'/g);
    $used{$_} = 1 for @quoted;
    is_deeply [
        grep {
            my $key = $_;
            !$used{$key} && !grep { index($key, $_) == 0 } @begin
            }
            sort keys %$english
        ],
        [], 'each message is used';
    my %area = map { /^(\w+)\./ ? ($1 => 1) : () } keys %$english;
    is_deeply [grep { /^(\w+)\.\w/ && $area{$1} && !/\.json$/ && !$english->{$_} } sort @quoted],
        [], 'each message exists';
};

subtest 'error words' => sub {
    # Errors of a client that does not speak the API: the page shows the API's text.
    my %defect = map { $_ => 1 } qw(bad_request invalid_request invalid_grant unsupported_grant_type
        missing_challenge missing_username missing_mobile missing_password missing_code
        invalid_token method_not_allowed request_timeout too_large uri_too_long
        unsupported_media_type bad_signature not_enrolled forbidden not_implemented);
    my ($table) = slurp('docs/api.md') =~ /^## Error codes\n.*?^((?:\| \d+ \|[^\n]*\n)+)/ms or die;
    my @words = $table =~ /`(\w+)`/g;
    ok @words > 30, 'docs/api.md lists the words';
    is_deeply [grep { !$defect{$_} && !$messages{en}{"error.$_"} } @words], [],
        'each word that a visitor can cause has a message';
};

subtest 'docs/demo.md' => sub {
    my %served =
        map { s/\s+/ /gr =~ s/^ //r => 1 } split /\n/, slurp('conf/demo/httpd.conf.in');
    my @shown = map { split /\n/ } slurp('docs/demo.md') =~ /^```apache\n(.*?)^```/msg;
    ok @shown > 20, 'it has a configuration';
    is_deeply [grep { !$served{ s/\s+/ /gr =~ s/^ //r } } @shown], [],
        "each of its lines is in the demo's own configuration";
};

done_testing;
