<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en">
<context>
    <name>chat</name>
    <message numerus="yes">
        <source>{used} of {limit} tokens</source>
        <translation>
            <numerusform>{used} of {limit} token</numerusform>
            <numerusform>{used} of {limit} tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>export</name>
    <message numerus="yes">
        <source>%n corrected answers are in {file}.</source>
        <translation>
            <numerusform>%n corrected answer is in {file}.</numerusform>
            <numerusform>%n corrected answers are in {file}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more were left out: their picture is gone, or what was said was not written down.</source>
        <translation>
            <numerusform>%n more was left out: its picture is gone, or what was said was not written down.</numerusform>
            <numerusform>%n more were left out: their picture is gone, or what was said was not written down.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>models</name>
    <message numerus="yes">
        <source>It takes {size} (weights {weights}, context of {context} tokens {cache}, encoders {encoders}, program {program})</source>
        <translation>
            <numerusform>It takes {size} (weights {weights}, context of {context} token {cache}, encoders {encoders}, program {program})</numerusform>
            <numerusform>It takes {size} (weights {weights}, context of {context} tokens {cache}, encoders {encoders}, program {program})</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{takes} of the {free} that are free; a context of {shorter} tokens fits, so that one is used.</source>
        <translation>
            <numerusform>{takes} of the {free} that are free; a context of {shorter} token fits, so that one is used.</numerusform>
            <numerusform>{takes} of the {free} that are free; a context of {shorter} tokens fits, so that one is used.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n minutes left</source>
        <translation>
            <numerusform>about %n minute left</numerusform>
            <numerusform>about %n minutes left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n hours left</source>
        <translation>
            <numerusform>about %n hour left</numerusform>
            <numerusform>about %n hours left</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>pictures</name>
    <message numerus="yes">
        <source>{name} has %n megapixels; the limit is {limit}, so make it smaller first.</source>
        <translation>
            <numerusform>{name} has %n megapixel; the limit is {limit}, so make it smaller first.</numerusform>
            <numerusform>{name} has %n megapixels; the limit is {limit}, so make it smaller first.</numerusform>
        </translation>
    </message>
</context>
</TS>
